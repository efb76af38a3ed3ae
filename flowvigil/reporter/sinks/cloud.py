"""What the cloud's sinks share: whom they sign as, what time the service thinks it is, one connection each."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Protocol

from ..channel import Kind, Verdict
from ..notice import warn
from ..wire.http import Answer, NoAnswerError, Transport
from ..wire.rpc import Keys
from .answers import judge

SKEW_S = 300.0
"""Corrected only beyond this: below, the answer's travel would be most of what is measured."""


class Provider(Protocol):
    """Gives access keys; may block, so it is asked in a sending thread only."""

    def keys(self, now: float, timeout_s: float) -> Keys: ...

    def expired(self) -> None:
        """The service refused the keys: fetch new ones next time."""


class CannotSignError(Exception):
    """No credentials to be had now."""


class Caller:
    """One conversation with one service."""

    def __init__(self, provider: Provider, transport: Transport | None = None) -> None:
        self.provider = provider
        self.transport = transport or Transport()
        self.skew_s = 0.0
        self.heard = False
        """Whether an answer has told what time it is there."""

    def post(self, url: str, body: bytes, headers: dict[str, str], now: float, timeout_s: float) -> Answer | Verdict:
        """The answer, or a verdict when there is none. `now` is the local time; learns the clock's skew."""
        try:
            answer = self.transport.request("POST", url, body, headers, timeout_s)
        except NoAnswerError as error:
            return Verdict(Kind.RETRY, "no_answer", str(error))
        self._watch_clock(answer, now)
        return answer

    def failed(self, answer: Answer, what: str) -> Verdict:
        """The verdict on an answer that refuses `what` was sent; refused keys are fetched anew."""
        verdict = judge(answer)
        if verdict.reason in ("token", "credentials"):
            self.provider.expired()
        if verdict.reason in ("denied", "credentials", "not_found", "rejected"):
            warn(f"answer {verdict.reason} {what}", f"the service refuses {what}: {verdict.message[:300]}")
        return verdict

    def _watch_clock(self, answer: Answer, now: float) -> None:
        try:
            skew = parsedate_to_datetime(answer.headers["date"]).timestamp() - now
        except (KeyError, ValueError, TypeError, OverflowError):
            return
        self.heard = True
        if abs(skew) > SKEW_S:
            warn(
                "clock",
                f"this machine's clock is {skew:.0f} s off the service's; signatures are corrected, times are not",
            )
            self.skew_s = skew
        else:
            self.skew_s = 0.0
