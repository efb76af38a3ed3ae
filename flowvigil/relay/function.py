"""The relay as a handler of Function Compute's built-in Python runtime: `flowvigil.relay.function.handler`.

An HTTP trigger hands over a request as a JSON event and takes an object with statusCode, headers and body ("Use an HTTP
trigger to invoke a function", Function Compute 3.0); a time trigger hands over triggerName, triggerTime and payload
("Time triggers"). Nothing runs between two events, so a callback is judged and sent while it is answered, and a time
trigger each minute sends what is left and reports that the relay lives.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowvigil.reporter.credentials.chain import Given
from flowvigil.reporter.wire.rpc import Keys

from .callback import LARGEST
from .door import Range, Reply, Request, answer, ranges
from .relay import Relay
from .store import Store

SETTINGS, STATE, NETWORK, SOURCES = (
    "FLOWVIGIL_RELAY_SETTINGS", "FLOWVIGIL_RELAY_STATE", "FLOWVIGIL_RELAY_STATE_ON_NAS", "FLOWVIGIL_RELAY_SOURCES",
)  # fmt: skip
WORK_S = 3.5
"""The callback's sender waits five seconds (help page 60714); what is not sent by then, the next event sends."""


class Function:
    """One instance's relay, made at its first event and kept while the instance lives."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Raises SettingsError or StoreError: the platform then logs the reason and the service tries again."""
        self._keys = Keys("", "")
        self._provider = Given(lambda: self._keys)
        self._lock = threading.Lock()
        state = environ.get(STATE)
        store = Store(Path(state) if state else None, network=environ.get(NETWORK) == "1")
        self.relay = Relay(Path(environ.get(SETTINGS, "relay.json")), store, environ, self._provider, gather_ms=0)
        self.allowed: tuple[Range, ...] = ranges([one for one in environ.get(SOURCES, "").split(",") if one])

    def __call__(self, event: bytes | str, context: Any) -> dict[str, Any]:
        """Answer one event."""
        with self._lock:
            self._remember(context)
            self.relay.reload()
            asked = json.loads(event)
            if "triggerTime" in asked:
                self._work()
                self.relay.beat()
                return _mapped(Reply(200, "done"))
            reply = answer(self.relay, _request(asked), self.allowed)
            if reply.status == 200:
                self._work()
            return _mapped(reply)

    def _work(self) -> None:
        end = time.monotonic() + WORK_S
        self.relay.judge()
        while time.monotonic() < end and self.relay.deliver():
            pass

    def _remember(self, context: Any) -> None:
        """The role's keys come with each event (runtime context: credentials)."""
        given = getattr(context, "credentials", None)
        if given is not None:
            names = ("access_key_id", "access_key_secret", "security_token")
            key_id, secret, token = [str(getattr(given, name, "") or "") for name in names]
            self._keys = Keys(key_id, secret, token)
            self._provider.expired()


def _request(event: Mapping[str, Any]) -> Request:
    """An HTTP trigger's event, field by field as its page describes it."""
    http = event.get("requestContext", {}).get("http", {})
    text = str(event.get("body") or "")
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, ValueError):
        body = b"\xff"  # no form: the door says so
    path = str(event.get("rawPath") or http.get("path") or "/")
    method, source = str(http.get("method", "")), str(http.get("sourceIp", ""))
    return Request(method, path, source, body if len(body) <= LARGEST else None)


def _mapped(reply: Reply) -> dict[str, Any]:
    headers = {"Content-Type": reply.kind, **({"Allow": reply.allow} if reply.allow else {})}
    return {"statusCode": reply.status, "headers": headers, "isBase64Encoded": False, "body": reply.body}


_made: list[Function] = []
_making = threading.Lock()


def handler(event: bytes | str, context: Any) -> dict[str, Any]:
    """What Function Compute calls."""
    with _making:
        if not _made:
            _made.append(Function(os.environ))
    return _made[0](event, context)
