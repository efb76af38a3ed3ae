"""What each view shows: reads the request, asks the models, returns the names that its template uses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from flowvigil.emulator import accounts
from flowvigil.emulator.accounts import Caller
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.page import boards, detail, history, measured, messages, overview, searching, spans, watched
from flowvigil.emulator.page.markdown import shown
from flowvigil.emulator.page.rendering import state_word
from flowvigil.emulator.page.wording import worded
from flowvigil.emulator.querying.answers import Span
from flowvigil.emulator.redaction import redact
from flowvigil.emulator.sls import dashboard_responses, store_models
from flowvigil.emulator.tenant import Tenant
from flowvigil.emulator.world import World

VIEWS = {
    "flows": "/",
    "flow": "/flows/{flow:path}",
    "dashboards": "/dashboards",
    "board": "/lognext/project/{project}/dashboard/{name}",
    "logs": "/logs",
    "log": "/lognext/project/{project}/logsearch/{store}",
    "messages": "/messages",
    "requests": "/requests",
}
REQUESTS = 100
LINES = 100


class Absent(Exception):  # noqa: N818 - named for what happened
    """What the address names is not there."""


class Views:
    """One method for each view."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.told = history.Told(world)

    @property
    def clock(self) -> str:
        return "virtual" if isinstance(self.world.now, VirtualClock) else "real"

    def frame(self, request: Request) -> dict[str, Any]:
        """What stands around every view."""
        known = self._accounts()
        return {
            "now": self.world.now(),
            "shown": shown,
            "clock_kind": self.clock,
            "profile": self.world.switches.profile,
            "accounts": known if len(known) > 1 else [],
            "account": self._tenant(request).account,
            "newest_message": self.world.outbox.newest(),
        }

    def flows(self, request: Request, _language: str) -> dict[str, Any]:
        rows = overview.rows(self.world, self._tenant(request), self.told)
        alarms = sum(row.flow.state in ("Critical", "Warn", "Info") for row in rows)
        return {"rows": rows, "summary": overview.summary(rows), "alarms": alarms}

    def flow(self, request: Request, language: str) -> dict[str, Any]:
        tenant, name = self._tenant(request), request.path_params["flow"]
        places = measured.stores(tenant)
        numbers = measured.numbers(tenant, places, tenant.now() // 1000)
        flow = watched.flows(self.world, tenant, numbers).get(name)
        if flow is None:
            raise Absent(name)
        asked = spans.asked(request.query_params, tenant.now(), "3")
        mine = numbers.get(name, measured.Numbers())
        kept = [one for one in dict.fromkeys((*flow.stores, mine.store)) if one in places] or places
        sent = map(messages.message, self.world.outbox.latest(limit=20, holding=f"flow={name}"))
        search = searching.narrowed("", "flow", name)
        return {
            "flow": flow,
            "numbers": mine,
            "asked": asked,
            "presets": _presets(request),
            "sent": [one for one in sent if one.flow == name][:10],
            "log_links": [(store, spans.log_path(project, store, search, asked.span)) for project, store in kept],
            "board_path": spans.board_path,
            **self._drawn(tenant, places, flow, asked.span, language),
        }

    def _drawn(
        self, tenant: Tenant, places: list[tuple[str, str]], flow: watched.Flow, span: Span, language: str
    ) -> dict[str, Any]:
        """The charts of a flow, with its alarms shaded."""
        word = {state: state_word(state, language) for state in watched.ORDER}
        found = history.intervals(history.changes(self.world, tenant.account, 0), flow.name)
        says = worded("latency_says", language, flow=flow.title or flow.name)
        shades = detail.shades(detail.of_p95(flow, found), span, word)
        return {
            "latency": detail.latency(tenant, places, flow, span, shades, word, says),
            "judged": detail.judged(self.world, flow, found, span, word),
            "timelines": {rule.key: detail.shades(found.get(rule.key, ()), span, word) for rule in flow.rules},
        }

    def dashboards(self, request: Request, _language: str) -> dict[str, Any]:
        found = [
            (*key.split("/", 1), body) for key, body in self._tenant(request).all(dashboard_responses.KIND).items()
        ]
        return {"boards": found, "board_path": spans.board_path}

    def board(self, request: Request, _language: str) -> dict[str, Any]:
        tenant = self._tenant(request)
        project, name = request.path_params["project"], request.path_params["name"]
        body = tenant.get(dashboard_responses.KIND, f"{project}/{name}")
        if body is None:
            raise Absent(f"{project}/{name}")
        chosen = spans.asked(request.query_params, tenant.now()) if "queryTimeType" in request.query_params else None
        only = ""
        for part in request.query_params.getlist("filters"):
            key, _, value = part.partition(":")
            only = searching.narrowed(only, key, value)
        return {
            "project": project,
            "name": name,
            "title": str(body.get("displayName") or name),
            "only": only,
            "panels": boards.panels(tenant, project, body, chosen.span if chosen else None, only),
            "asked": chosen,
            "presets": _presets(request),
        }

    def logs(self, request: Request, _language: str) -> dict[str, Any]:
        tenant = self._tenant(request)
        counted = dict(
            self.world.state.db.execute(
                "SELECT project || '/' || store, count(*) FROM logs WHERE account=? GROUP BY 1", (tenant.account,)
            ).fetchall()
        )
        found = [(*key.split("/", 1), body, counted.get(key, 0)) for key, body in tenant.all(store_models.KIND).items()]
        return {"stores": found, "log_path": spans.log_path}

    def log(self, request: Request, _language: str) -> dict[str, Any]:
        tenant, query = self._tenant(request), request.query_params
        project, store = request.path_params["project"], request.path_params["store"]
        if tenant.get(store_models.KIND, f"{project}/{store}") is None:
            raise Absent(f"{project}/{store}")
        asked, text = spans.asked(query, tenant.now()), spans.query_text(query)
        offset = int(query.get("offset", "0")) if query.get("offset", "0").isdecimal() else 0
        found = searching.found(tenant, project, store, text, asked.span, offset)
        more = offset + LINES < found.matched and not found.sql
        return {
            "project": project,
            "store": store,
            "text": text,
            "asked": asked,
            "presets": [(kind, spans.log_path(project, store, text).replace(f"={spans.DEFAULT}", f"={kind}"))
                        for kind in spans.PRESETS],
            "written": spans.written,
            "found": found,
            "older": spans.log_path(project, store, text, asked.span) + f"&offset={offset + LINES}" if more else "",
            "offset": offset,
        }  # fmt: skip

    def messages(self, request: Request, _language: str) -> dict[str, Any]:
        channel = request.query_params.get("channel", "")
        channel = channel if channel in messages.CHANNELS else ""
        before = _number(request, "before")
        entries = self.world.outbox.latest(channel, before, messages.PAGE + 1)
        sent = [messages.message(one) for one in entries[: messages.PAGE]]
        return {"sent": sent, "channel": channel, "channels": messages.CHANNELS, "before": before,
                "older": sent[-1].seq if len(entries) > messages.PAGE else 0}  # fmt: skip

    def requests(self, request: Request, _language: str) -> dict[str, Any]:
        changes, before = request.query_params.get("changes") == "1", _number(request, "before")
        entries = self.world.journal.latest(before, REQUESTS + 1, changes=changes)
        return {"entries": [redact(one) for one in entries[:REQUESTS]], "changes": changes, "before": before,
                "older": entries[REQUESTS - 1]["seq"] if len(entries) > REQUESTS else 0}  # fmt: skip

    def _tenant(self, request: Request) -> Tenant:
        known = self._accounts()
        wanted = request.query_params.get("account") or request.cookies.get("flowvigil_account", "")
        return self.world.tenant(Caller(wanted if wanted in known else known[0] if known else accounts.DEFAULT))

    def _accounts(self) -> list[str]:
        """Accounts that own anything, the one with most objects first."""
        rows = self.world.state.db.execute(
            "SELECT account FROM objects WHERE account<>? GROUP BY account ORDER BY count(*) DESC", (accounts.EVERYONE,)
        )
        return [row[0] for row in rows]


def _presets(request: Request) -> list[tuple[str, str]]:
    """Each preset span with the address that asks for it and leaves the rest as it is."""
    kept = [
        pair for pair in request.query_params.multi_items() if pair[0] not in ("queryTimeType", "startTime", "endTime")
    ]
    return [(kind, "?" + urlencode([*kept, ("queryTimeType", kind)])) for kind in spans.PRESETS]


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
