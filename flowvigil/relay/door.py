"""Who may say what to a relay: one request in, status and text out, the same for every way a request can come.

Knows nothing of ASGI or Function Compute.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from .callback import LARGEST, CallbackError
from .relay import Relay
from .settings import SettingsError

Range = IPv4Network | IPv6Network
DOCUMENTED = (
    "106.11.167.96/27", "47.74.206.0/26", "47.74.206.64/26", "47.74.206.128/26", "47.74.206.192/26", "8.222.159.116/32",
)  # fmt: skip
"""Where callbacks come from (CloudMonitor, "Configure alert callback", help page 60714; the first is of an older
edition). The word `documented` stands for all of them."""

JSON, TEXT = "application/json", "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back; texts never show what came in."""

    status: int
    body: str
    kind: str = TEXT
    allow: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What came. `body` is None when it is larger than any callback; `client` is the sender's address."""

    method: str
    path: str
    client: str
    body: bytes | None = b""


def ranges(texts: Sequence[str]) -> tuple[Range, ...]:
    """Source ranges from texts. Raises SettingsError."""
    return tuple([ip_network(one) for text in texts for one in _spelt_out(text)])


def _spelt_out(text: str) -> tuple[str, ...]:
    if text == "documented":
        return DOCUMENTED
    try:
        ip_network(text)
    except ValueError as error:
        raise SettingsError(f"{text!r} is no range such as 10.0.0.0/8, nor the word documented") from error
    return (text,)


def answer(relay: Relay, request: Request, allowed: Sequence[Range] = ()) -> Reply:
    """Let a request in or not, and do what it asks for."""
    if request.path == "/healthz":
        return _health(relay, request)
    if request.path == "/metrics":
        return Reply(200, metrics(relay))
    refusal = _refusal(relay, request, allowed)
    if refusal is not None:
        return refusal
    if request.method == "GET":
        return Reply(200, json.dumps(relay.store.audit(0), ensure_ascii=False), JSON)
    return _callback(relay, request.body)


def _refusal(relay: Relay, request: Request, allowed: Sequence[Range]) -> Reply | None:
    if not relay.secrets.opens(request.path):
        relay.store.count_refusal("secret")
        return Reply(404, "not found")
    if request.method == "GET" and request.path.startswith("/audit/"):
        return None
    if allowed and not _within(request.client, allowed):
        relay.store.count_refusal("source")
        return Reply(403, "this source is not allowed")
    if request.method != "POST":
        relay.store.count_refusal("method")
        return Reply(405, "callbacks are posted", allow="POST")
    return None


def _callback(relay: Relay, body: bytes | None) -> Reply:
    if body is None:
        relay.store.count_refusal("size")
        return Reply(413, f"a callback has at most {LARGEST} bytes")
    try:
        fresh = relay.accept(body)
    except CallbackError as error:
        relay.store.count_refusal("form")
        return Reply(400, str(error))
    except sqlite3.Error:
        return Reply(503, "the relay cannot write; try again")
    return Reply(200, "kept" if fresh else "known")


def _health(relay: Relay, request: Request) -> Reply:
    if request.method not in ("GET", "HEAD"):
        return Reply(405, "health is asked with GET", allow="GET")
    try:
        return Reply(200, json.dumps(relay.health()), JSON)
    except sqlite3.Error:
        return Reply(503, json.dumps({"relay": "flowvigil", "delivering": False}), JSON)


def metrics(relay: Relay) -> str:
    """Counters and what waits, in Prometheus' text form."""
    waiting, _ = relay.sender.waiting()
    lines = [f"flowvigil_relay_{name}_total {value}" for name, value in relay.store.counters().items()]
    return "\n".join([*lines, f"flowvigil_relay_waiting {waiting}", ""])


def _within(client: str, allowed: Sequence[Range]) -> bool:
    try:
        address = ip_address(client)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in one for one in allowed if one.version == (mapped or address).version)
