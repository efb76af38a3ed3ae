"""The pretend cloud as a simulation sees it: its clock, its outbox, and where reporters send to."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.wire.http import Answer, Transport
from flowvigil.reporter.wire.rpc import Keys

WAIT_S = 60.0


class CloudGone(Exception):  # noqa: N818 - named for what happened
    """Nothing of ours answers at the address; the text says what to do."""


class PretendCloud:
    """`address` is host and port."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def now_ms(self) -> int:
        return int(self._ask("clock")["now"])

    @property
    def virtual(self) -> bool:
        return bool(self._ask("clock")["clock"] == "virtual")

    def advance(self, seconds: float) -> None:
        """Move the virtual clock on; every rule is judged on the way."""
        self._ask("clock", {"advance": seconds})

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """What was sent to DingTalk robots since the entry `after`."""
        found: list[dict[str, Any]] = self._ask(f"outbox?after={after}&channel=dingtalk")
        return found

    def caller(self) -> Caller:
        """Signs with a placeholder: the pretend cloud does not verify."""
        return Caller(_Placeholder(), _Timeless())

    def _ask(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        try:
            with self._opener.open(f"http://{self.address}/-/{path}", data, timeout=WAIT_S) as answer:
                return json.load(answer)
        except (OSError, ValueError) as error:
            why = f"no pretend cloud answers on {self.address} ({error})"
            raise CloudGone(f"{why}; start one: flowvigil run emulator --clock virtual") from error


class _Placeholder:
    def keys(self, _now: float, _timeout_s: float) -> Keys:
        return Keys("emulator", "emulator")

    def expired(self) -> None:
        """Never happens."""


class _Timeless(Transport):
    """Leaves the Date out of answers: it tells the real time, and a simulation lives in another."""

    def request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        answer = super().request(method, url, body, headers, timeout_s)
        kept = {name: value for name, value in answer.headers.items() if name != "date"}
        return Answer(answer.status, kept, answer.body)
