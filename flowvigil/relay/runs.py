"""What Log Service knows of the runs behind an alarm: their time range and the three slowest.

GetLogs (Log Service API, help page 29029): GET /logstores/<store>?type=log with from, to, query, line, reverse; signed
like PutLogs, the sorted parameters being part of the resource. Answers in time or not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, urlsplit

from flowvigil.provisioner import queries
from flowvigil.reporter.contract import DURATION_MS, FAILED, RUN_ID, STATUS, TIMED_OUT
from flowvigil.reporter.sinks.cloud import CannotSignError, Provider
from flowvigil.reporter.sinks.log import LOOPBACK_DOMAIN
from flowvigil.reporter.wire.http import NoAnswerError, Transport
from flowvigil.reporter.wire.sls import signature

from . import links
from .judging import RECOVERED, Notice
from .message import Run, Seen
from .settings import Condition, Flow, Settings, Store
from .words import SILENCES, STREAKS

WAIT_S = 2.0
SLOWEST, LINES, DAY_S = 3, 100, 86_400
ENDPOINT = "{region}.log.aliyuncs.com"


class NoLogsError(Exception):
    """Log Service did not answer, or not in time; the text says why."""


@dataclass(frozen=True)
class Logs:
    """Asks on behalf of one message; makes a connection of its own, so that threads do not wait for each other.

    `wait_s` is for each of at most two questions; the second is not asked when the first took nearly all of that.
    """

    settings: Settings
    provider: Provider
    now_ms: Callable[[], int]
    wait_s: float = WAIT_S

    def seen(self, flow: Flow, condition: Condition, notice: Notice) -> Seen:
        """What can be found out within a few seconds; what cannot is left open."""
        transport, begun = Transport(), time.monotonic()
        try:
            span = self._streak(transport, flow, condition, notice) or links.breach(notice, condition)
            if notice.kind == RECOVERED or condition.signal in SILENCES:
                return Seen(span)
            if time.monotonic() - begun > 0.75 * self.wait_s:
                return Seen(span)
            return Seen(span, self._slowest(transport, flow, condition, span))
        except NoLogsError:
            return Seen()
        finally:
            transport.close()

    def _streak(self, transport: Transport, flow: Flow, condition: Condition, notice: Notice) -> links.Span | None:
        """From the first to the last run of a streak; None for conditions that have no streak."""
        if condition.signal not in STREAKS or notice.kind == RECOVERED:
            return None
        runs = queries.runs(self.settings.service, *(flow.known_as or (flow.flow,)))
        slow = f"{DURATION_MS} > {condition.over_ms or 0:g}"
        query = f"{runs} and " + (
            slow if condition.signal == "slow_streak" else f"({STATUS}: {FAILED} or {STATUS}: {TIMED_OUT})"
        )
        length = notice.value or min(level.threshold for level in condition.levels)
        end = notice.at // 1000 + 1
        lines = self._get(transport, flow.logs, query, end - DAY_S, end, min(LINES, max(1, int(length))))
        times = [int(line["__time__"]) for line in lines]
        return links.Span(min(times), max(times) + 1, exact=True) if times else None

    def _slowest(self, transport: Transport, flow: Flow, condition: Condition, span: links.Span) -> tuple[Run, ...]:
        query = queries.slowest_ids(links.search(self.settings, flow, condition), SLOWEST)
        rows = self._get(transport, flow.logs, query, span.start_s, span.end_s, LINES)
        runs = [Run(str(row.get(RUN_ID) or "?"), float(row[DURATION_MS])) for row in rows]
        return tuple(sorted(runs, key=lambda run: -run.duration_ms)[:SLOWEST])

    def _get(
        self, transport: Transport, where: Store, query: str, start: int, end: int, lines: int
    ) -> list[dict[str, Any]]:
        try:
            keys = self.provider.keys(self.now_ms() / 1000, self.wait_s)
            base, host = _host(self.settings, where.project)
            asked = {"from": start, "line": lines, "query": query, "reverse": "true", "to": end, "type": "log"}
            resource = f"/logstores/{where.logstore}"
            headers = {
                "Host": host,
                "Date": formatdate(self.now_ms() / 1000, usegmt=True),
                "x-log-apiversion": "0.6.0",
                "x-log-bodyrawsize": "0",
                "x-log-signaturemethod": "hmac-sha1",
                "User-Agent": "flowvigil",
            }
            headers |= {"x-acs-security-token": keys.token} if keys.token else {}
            signed = resource + "?" + "&".join(f"{name}={asked[name]}" for name in sorted(asked))
            headers["Authorization"] = f"LOG {keys.key_id}:{signature('GET', signed, headers, keys)}"
            answer = transport.request("GET", base + resource + "?" + _quoted(asked), None, headers, self.wait_s)
            found = json.loads(answer.body)
        except (NoAnswerError, CannotSignError, ValueError, RecursionError) as error:
            raise NoLogsError(str(error)) from error
        if answer.status != 200 or not isinstance(found, list):
            raise NoLogsError(f"HTTP {answer.status}: {answer.body[:200]!r}")
        return found


def _quoted(asked: Mapping[str, object]) -> str:
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in sorted(asked.items()))


def _host(settings: Settings, project: str) -> tuple[str, str]:
    """Base address and Host header; a loopback address carries the project in the header alone."""
    endpoint = settings.endpoints.get("log", f"https://{ENDPOINT.format(region=settings.region)}")
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if host == "localhost" or host.replace(".", "").isdigit() or ":" in host:
        return f"{parts.scheme}://{parts.netloc}", f"{project}.{LOOPBACK_DOMAIN}"
    return f"{parts.scheme}://{project}.{parts.netloc}", f"{project}.{parts.netloc}"
