"""Posts callbacks of rules, form-encoded, and of alerts, as JSON, to the loopback: five seconds, three tries each."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from flowvigil.emulator.notification.outbox import FAILED, SENT, Outbox

WAIT_S, TRIES = 5.0, 3
FORM, JSON = "application/x-www-form-urlencoded; charset=UTF-8", "application/json;charset=utf-8"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


class Callbacks:
    """Works in threads, so that whoever is called back may call the cloud in turn; writes on the loop alone."""

    def __init__(self, outbox: Outbox, wait: float = WAIT_S) -> None:
        self.outbox, self.wait = outbox, wait
        self._under_way: set[int] = set()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    async def flush(self) -> None:
        """Send what is pending and wait until each is answered or given up."""
        found = [(seq, body) for seq, body in self.outbox.pending() if seq not in self._under_way]
        self._under_way.update(seq for seq, _ in found)
        try:
            await asyncio.gather(*(self._send(seq, body) for seq, body in found))
        finally:
            self._under_way.difference_update(seq for seq, _ in found)

    async def _send(self, seq: int, body: dict[str, Any]) -> None:
        form = "form" in body
        data = (urllib.parse.urlencode(body["form"]) if form else str(body["body"])).encode()
        answer = ""
        for tried in range(1, TRIES + 1):
            answer = await asyncio.to_thread(self._post, body["webhook"], data, FORM if form else JSON)
            if answer.startswith("2"):
                self.outbox.settle(seq, SENT, tries=tried, answer=answer)
                return
        self.outbox.settle(seq, FAILED, tries=TRIES, answer=answer)

    def _post(self, address: str, data: bytes, kind: str) -> str:
        headers = {"Content-Type": kind}
        request = urllib.request.Request(address, data, headers, method="POST")  # noqa: S310 - checked when queued
        try:
            with self._opener.open(request, timeout=self.wait) as answer:
                return str(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return str(error.code)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return type(error).__name__
