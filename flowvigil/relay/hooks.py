"""`on_alarm`: calls webhooks when an alarm begins or gets worse, at most once in a cool-down, and writes it all down.

The body is JSON and signed: `X-Flowvigil-Signature: sha256=<hex>` is HMAC-SHA256 with the hook's key over
`<X-Flowvigil-Timestamp>.<body>`. A call whose answer was lost is repeated with the same `id`, by which the receiver
knows it again. Knows nothing of robots.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from flowvigil.reporter.wire.http import NoAnswerError, Transport

from . import links
from .judging import Condemned, called
from .message import level
from .pacing import pause
from .secrets import Secrets
from .settings import Flow, Hook, Settings
from .store import Store
from .words import WORDS

TRIES, WAIT_S = 3, 5.0
WAITING, CALLING, DONE, FAILED = "waiting", "calling", "done", "failed"


class Call(NamedTuple):
    """One call that is to be made: when it was queued (ms), how often it was tried, its JSON body."""

    number: int
    flow: str
    hook: str
    at: int
    tries: int
    body: str


def enqueue(store: Store, settings: Settings, worse: Sequence[Condemned], now: int) -> None:
    """Queue a call for each hook that is due, and write down those that are not."""
    for one in worse:
        for hook in one.found.flow.hooks:
            if called(one, hook):
                _enqueue(store, settings, one, hook, now)


def _enqueue(store: Store, settings: Settings, one: Condemned, hook: Hook, now: int) -> None:
    flow, notice = one.found.flow.flow, one.notice
    about = {"flow": flow, "alarm": notice.alarm, "severity": notice.severity, "hook": hook.name}
    with store.transaction() as db:
        row = db.execute("SELECT max(at) FROM calls WHERE flow=? AND hook=?", (flow, hook.name)).fetchone()
        if row[0] is not None and 0 <= now - row[0] < hook.cool_down_s * 1000:
            store.count("hooks_cooling_down")
            store.note("hook cooling down", now, **about, until=row[0] + hook.cool_down_s * 1000)
            return
        body = json.dumps(_body(settings, one), ensure_ascii=False)
        state = DONE if hook.dry_run else WAITING
        made = db.execute(
            "INSERT INTO calls (flow, hook, state, at, tries, body) VALUES (?,?,?,?,0,?)",
            (flow, hook.name, state, now, body),
        )
        store.count("hooks_dry" if hook.dry_run else "hooks_queued")
        store.note("hook dry run" if hook.dry_run else "hook queued", now, **about, call=made.lastrowid)


def _body(settings: Settings, one: Condemned) -> dict[str, Any]:
    flow, condition, notice = one.found.flow, one.found.condition, one.notice
    judged = level(condition, notice)
    span = links.breach(notice, condition)
    return {
        "flowvigil": 1,
        "service": settings.service,
        "flow": flow.flow,
        "title": flow.title,
        "alarm": notice.alarm,
        "signal": condition.signal,
        "severity": notice.severity,
        "before": notice.before,
        "value": notice.value,
        "threshold": judged.threshold if judged else None,
        "since": notice.since,
        "at": notice.at,
        "owner": flow.owner,
        "runbook": flow.runbook,
        "slice": flow.slice,
        "logs": {"project": flow.logs.project, "logstore": flow.logs.logstore, "from": span.start_s, "to": span.end_s},
    }


def lines(flow: Flow, alarm: str, severity: str, store: Store, at: int, lang: str) -> list[str]:
    """What a message says of the hooks that this alarm called, or would have called, at this moment."""
    words = WORDS[lang]
    found = []
    for hook in flow.hooks:
        rows = store.rows(
            "SELECT body FROM calls WHERE flow=? AND hook=? ORDER BY id DESC LIMIT 5", flow.flow, hook.name
        )
        bodies = [json.loads(body) for (body,) in rows]
        if any((one["alarm"], one["severity"], one["at"]) == (alarm, severity, at) for one in bodies):
            found.append(f"{words['calls']} {hook.name}" + (f" ({words['dry']})" if hook.dry_run else ""))
    return found


def due(store: Store, now: int) -> list[Call]:
    """The calls to make now, oldest first. One that a killed relay was making is due again, under its old id."""
    rows = store.rows("SELECT id, flow, hook, at, tries, body FROM calls WHERE state IN (?,?) ORDER BY id",
                      WAITING, CALLING)  # fmt: skip
    calls = [Call(*row) for row in rows]
    return [one for one in calls if not one.tries or not one.at <= now < one.at + pause(one.tries, refused=False)]


def call(store: Store, settings: Settings, secrets: Secrets, one: Call, now: int) -> None:
    """Make one call and write down what came of it."""
    hook = next(
        (hook for flow in settings.flows if flow.flow == one.flow for hook in flow.hooks if hook.name == one.hook), None
    )
    if hook is None or hook.dry_run:
        _end(store, one.number, FAILED, now, why="no such hook any more")
        return
    with store.transaction() as db:
        db.execute("UPDATE calls SET state=?, tries=? WHERE id=?", (CALLING, one.tries + 1, one.number))
    answer = _post(secrets.values[hook.webhook], secrets.values[hook.sign], one, settings.service, now)
    taken, last = 200 <= answer < 300, one.tries + 1 >= TRIES
    _end(store, one.number, DONE if taken else FAILED if last else WAITING, now, answer=answer)


def _end(store: Store, number: int, state: str, now: int, **about: Any) -> None:
    with store.transaction() as db:
        db.execute("UPDATE calls SET state=? WHERE id=?", (state, number))
        store.count(f"hooks_{state}")
        store.note(f"hook {state}", now, call=number, **about)


def _post(address: str, key: str, one: Call, service: str, now: int) -> int:
    """The HTTP status, 0 for no answer. Redirects are not followed."""
    data = json.dumps({"id": f"{service}-{one.number}", **json.loads(one.body)}, ensure_ascii=False).encode()
    transport = Transport()
    try:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "flowvigil-relay",
            **sign(key, data, now),
        }
        return transport.request("POST", address, data, headers, WAIT_S).status
    except NoAnswerError:
        return 0
    finally:
        transport.close()


def sign(key: str, body: bytes, now: int) -> dict[str, str]:
    """The two headers by which a receiver knows that a body is ours and fresh."""
    stamp = str(now)
    digest = hmac.new(key.encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
    return {"X-Flowvigil-Timestamp": stamp, "X-Flowvigil-Signature": f"sha256={digest}"}
