"""Posts to DingTalk robots and understands what they answer.

Signing, limits and codes: DingTalk open platform, "custom robot access" and its table of error codes. A robot takes 20
messages a minute and is silent for ten minutes after one too many.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any
from urllib.parse import quote_plus, urlsplit, urlunsplit

from flowvigil.reporter.wire.http import Answer, NoAnswerError, Transport

WAIT_S = 5.0
SKEW_MS = 60_000
TOO_FAST, SECURITY = (410100, 130101), 310000
"""The second is what robots are seen to answer with the same words; their table has the first alone."""
CLOCK_WORDS = ("timestamp", "sign", "签名")


class Fate(Enum):
    """What became of a message. UNSURE: it was sent, and nobody knows whether it arrived."""

    TAKEN = "taken"
    AGAIN = "again"
    TOO_FAST = "too fast"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A message's fate, with the robot's code and words for the log."""

    fate: Fate
    code: str = ""
    words: str = ""


class RobotPost:
    """One robot: used by one thread at a time. `base` stands in for the host of its address, if it is not DingTalk's.

    Signs with this machine's time until the robot refuses it; then with the time that its answer's Date header tells.
    """

    def __init__(self, address: str, key: str = "", base: str = "") -> None:
        self._address, self._key = _based(address, base), key
        self._transport = Transport()
        self.skew_ms = 0

    def post(self, body: dict[str, Any], now: int) -> Verdict:
        """Send one message; once more, at once, when the robot's clock turns out to be another."""
        verdict, answer = self._once(body, now)
        if answer is None or verdict.code != str(SECURITY) or not _about_time(verdict.words) or not self._key:
            return verdict
        known = self.skew_ms
        told = _skew(answer, now)
        self.skew_ms = told if abs(told - known) > SKEW_MS else 0
        return self._once(body, now)[0] if abs(self.skew_ms - known) > SKEW_MS else verdict

    def close(self) -> None:
        self._transport.close()

    def _once(self, body: dict[str, Any], now: int) -> tuple[Verdict, Answer | None]:
        data = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "flowvigil-relay"}
        try:
            answer = self._transport.request("POST", self._signed(now), data, headers, WAIT_S)
        except NoAnswerError as error:
            sure = "ConnectionRefused" in str(error) or "gaierror" in str(error)
            return Verdict(Fate.AGAIN if sure else Fate.UNSURE, "no answer", str(error)), None
        return judged(answer), answer

    def _signed(self, now: int) -> str:
        if not self._key:
            return self._address
        stamp, sign = signature(self._key, now + self.skew_ms)
        return f"{self._address}&timestamp={stamp}&sign={sign}"


def signature(key: str, now: int) -> tuple[str, str]:
    """Timestamp and quoted signature: HMAC-SHA256 over `timestamp\\nkey` with the key (robot security settings)."""
    digest = hmac.digest(key.encode(), f"{now}\n{key}".encode(), hashlib.sha256)
    return str(now), quote_plus(base64.b64encode(digest))


def judged(answer: Answer) -> Verdict:
    """What an answer means. Only `errcode` 0 is success; whatever cannot be read may have been one."""
    if answer.status >= 500 or answer.status in (408, 429):
        return Verdict(Fate.AGAIN, f"HTTP {answer.status}")
    try:
        found = json.loads(answer.body)
        code, words = int(found["errcode"]), str(found.get("errmsg", ""))[:300]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Verdict(Fate.REFUSED if answer.status >= 300 else Fate.UNSURE, f"HTTP {answer.status}", "no errcode")
    if code == 0:
        return Verdict(Fate.TAKEN, "0")
    fate = {**dict.fromkeys(TOO_FAST, Fate.TOO_FAST), -1: Fate.AGAIN}.get(code, Fate.REFUSED)
    return Verdict(fate, str(code), words)


def _skew(answer: Answer, now: int) -> int:
    """How far the robot's clock is ahead of `now`, in ms; 0 where the answer does not tell."""
    try:
        return round(parsedate_to_datetime(answer.headers["date"]).timestamp() * 1000) - now
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0


def _about_time(words: str) -> bool:
    return any(word in words for word in CLOCK_WORDS)


def _based(address: str, base: str) -> str:
    """The address on another host, for a robot service that stands in for DingTalk."""
    if not base:
        return address
    host, found = urlsplit(base), urlsplit(address)
    return urlunsplit((host.scheme, host.netloc, found.path, found.query, ""))
