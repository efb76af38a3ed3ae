"""DingTalk's group robots as their page describes them: who may post, what a post must hold, how often.

Codes are those of the robot's error table; that the 21st message of a minute starts ten minutes of silence too
is documented.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from flowvigil.emulator.documents import parsed
from flowvigil.emulator.state import State

SCHEMA = "CREATE TABLE IF NOT EXISTS robots (token TEXT PRIMARY KEY, body TEXT, posts TEXT, silent INTEGER)"
MINUTE_MS, SILENCE_MS, HOUR_MS = 60_000, 600_000, 3_600_000
PER_MINUTE, LONGEST_BYTES = 20, 20_000
KINDS = ("text", "link", "markdown", "actionCard", "feedCard")


class Verdict(NamedTuple):
    """What the robot answers; 0 is success."""

    errcode: int
    errmsg: str


ACCEPTED = Verdict(0, "ok")
NO_TOKEN = Verdict(400101, "access_token is not exist")
NO_BODY = Verdict(40035, "lack of json parameter")
NO_KIND = Verdict(400105, "unsupported message type")
TOO_LONG = Verdict(460101, f"message too long, exceed {LONGEST_BYTES} bytes")
TOO_FAST = Verdict(410100, f"send too fast, exceed {PER_MINUTE} times per minute")
NO_KEYWORD = Verdict(310000, "keywords not in content")
BAD_TIME = Verdict(310000, "invalid timestamp")
BAD_SIGN = Verdict(310000, "sign not match")


@dataclass(frozen=True)
class Robot:
    """Its security: one of `keywords` in the text, a `secret` to sign with, or neither."""

    keywords: tuple[str, ...] = ()
    secret: str = ""


class Robots:
    """Robots by their access token; their message counts survive a restart."""

    def __init__(self, state: State) -> None:
        self.state = state
        state.db.executescript(SCHEMA)

    def put(self, token: str, robot: Robot) -> None:
        """Set a robot up, or its security anew."""
        body = json.dumps({"keywords": robot.keywords, "secret": robot.secret})
        self.state.db.execute(
            "INSERT INTO robots VALUES (?,?,'[]',0) ON CONFLICT DO UPDATE SET body=excluded.body", (token, body)
        )

    def post(self, token: str, query: Mapping[str, str], body: bytes, now: int, *, open_house: bool) -> Verdict:
        """Take a message or say why not; `open_house` lets a robot exist that nobody set up."""
        row = self.state.db.execute("SELECT body, posts, silent FROM robots WHERE token=?", (token,)).fetchone()
        if not token or (row is None and not open_house):
            return NO_TOKEN
        if row is None:
            self.put(token, Robot())
            row = ("{}", "[]", 0)
        verdict = _security(json.loads(row[0]), query, body, now)
        return self._counted(token, json.loads(row[1]), row[2], now) if verdict is ACCEPTED else verdict

    def _counted(self, token: str, posts: list[int], silent: int, now: int) -> Verdict:
        if now < silent:
            return TOO_FAST
        recent = [time for time in posts if time > now - MINUTE_MS]
        full = len(recent) >= PER_MINUTE
        recent, silent = ([], now + SILENCE_MS) if full else ([*recent, now], 0)
        self.state.db.execute("UPDATE robots SET posts=?, silent=? WHERE token=?", (json.dumps(recent), silent, token))
        return TOO_FAST if full else ACCEPTED

    def forget_posts(self) -> None:
        """No robot was posted to, none is silent."""
        self.state.db.execute("UPDATE robots SET posts='[]', silent=0")

    def clear(self) -> None:
        self.state.db.execute("DELETE FROM robots")


def _security(robot: Mapping[str, Any], query: Mapping[str, str], body: bytes, now: int) -> Verdict:
    message = _message(body)
    if message is None:
        return NO_BODY
    if len(body) > LONGEST_BYTES:
        return TOO_LONG
    if message.get("msgtype") not in KINDS:
        return NO_KIND
    if robot.get("secret"):
        return _signed(robot["secret"], query, now)
    text = "\n".join(_texts(message.get(str(message["msgtype"]))))
    keywords = robot.get("keywords") or ()
    return ACCEPTED if not keywords or any(word in text for word in keywords) else NO_KEYWORD


def _signed(secret: str, query: Mapping[str, str], now: int) -> Verdict:
    stamp = query.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdecimal()) or abs(now - int(stamp)) > HOUR_MS:
        return BAD_TIME
    right = signature(secret, int(stamp))["sign"]
    return ACCEPTED if hmac.compare_digest(right.encode(), query.get("sign", "").encode()) else BAD_SIGN


def signature(secret: str, now: int) -> dict[str, str]:
    """The query parameters that sign a message sent at `now` (ms)."""
    digest = hmac.digest(secret.encode(), f"{now}\n{secret}".encode(), hashlib.sha256)
    return {"timestamp": str(now), "sign": base64.b64encode(digest).decode()}


def _message(body: bytes) -> dict[str, Any] | None:
    try:
        found = parsed(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
