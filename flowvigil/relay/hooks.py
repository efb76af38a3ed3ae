"""`on_alarm`: calls webhooks when an alarm begins or gets worse, at most once in a cool-down, and writes it all down.

The body is JSON and signed: `X-Flowvigil-Signature: sha256=<hex>` is HMAC-SHA256 with the hook's key over
`<X-Flowvigil-Timestamp>.<body>`. A call whose answer was lost is repeated with the same `id`, by which the receiver
knows it again. Knows nothing of robots.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

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


def call_waiting(store: Store, settings: Settings, secrets: Secrets, now: int) -> None:
    """Make the calls that are due. One that a killed relay was making is made again, under its old id."""
    rows = store.rows("SELECT id, flow, hook, at, tries, body FROM calls WHERE state IN (?,?) ORDER BY id LIMIT 20",
                      WAITING, CALLING)  # fmt: skip
    for number, flow, name, at, tries, body in rows:
        if tries and now < at + pause(tries, refused=False):
            continue
        hook = next(
            (one for each in settings.flows if each.flow == flow for one in each.hooks if one.name == name), None
        )
        if hook is None or hook.dry_run:
            _end(store, number, FAILED, now, why="no such hook any more")
            continue
        with store.transaction() as db:
            db.execute("UPDATE calls SET state=?, tries=? WHERE id=?", (CALLING, tries + 1, number))
        answer = _post(secrets.values[hook.webhook], secrets.values[hook.sign], number, body, settings.service, now)
        if 200 <= answer < 300:
            _end(store, number, DONE, now, answer=answer)
        elif tries + 1 >= TRIES:
            _end(store, number, FAILED, now, answer=answer)
        else:
            _end(store, number, WAITING, now, answer=answer)


def _end(store: Store, number: int, state: str, now: int, **about: Any) -> None:
    with store.transaction() as db:
        db.execute("UPDATE calls SET state=? WHERE id=?", (state, number))
        store.count(f"hooks_{state}")
        store.note(f"hook {state}", now, call=number, **about)


def _post(address: str, key: str, number: int, body: str, service: str, now: int) -> int:
    """The HTTP status, 0 for no answer. Redirects are not followed."""
    data = json.dumps({"id": f"{service}-{number}", **json.loads(body)}, ensure_ascii=False).encode()
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
