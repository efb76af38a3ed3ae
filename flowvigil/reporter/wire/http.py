"""HTTP over kept connections, with proxies from the environment and a time limit on every step.

Knows nothing of what it carries. Opens no connection before the first request; is used by one thread at a time.
"""

from __future__ import annotations

import base64
import encodings.idna  # noqa: F401 - getaddrinfo imports it late, and a fork just then leaves the child stuck
import http.client
import os
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from ..gate import GATE

ANSWER_LIMIT = 1 << 20
"""Bytes read of an answer; none that matters here is larger."""


class Answer(NamedTuple):
    """What came back. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class NoAnswerError(Exception):
    """The request may or may not have been carried out: refused, reset, timed out or garbage."""


class Transport:
    """Requests to any host; keeps one connection per host."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """One request. A kept connection that the other side had closed is opened once more. Raises NoAnswerError."""
        place = ("", "")
        try:
            parts = urlsplit(url)
            target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            place = (parts.scheme, parts.netloc)
            reused = place in self._kept
            try:
                return self._once(place, method, target, body, headers, timeout_s)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self._forget(place)
                if not reused:
                    raise
                return self._once(place, method, target, body, headers, timeout_s)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._forget(place)
            raise NoAnswerError(f"{type(error).__name__}: {error}"[:200]) from error

    def close(self) -> None:
        """Close what is kept. In a forked child this does not disturb the parent's connections."""
        for place in list(self._kept):
            self._forget(place)

    def _once(self, place: tuple[str, str], method: str, target: str, body: bytes | None,
              headers: Mapping[str, str], timeout_s: float) -> Answer:  # fmt: skip
        connection = self._kept.get(place)
        if connection is None:
            with GATE:
                connection = self._kept[place] = _connect(place, timeout_s)
        connection.timeout = timeout_s
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        through: tuple[str, dict[str, str]] = getattr(connection, "through", ("", {}))
        prefix, login = through
        connection.request(method, prefix + target, body, {**headers, **login})
        answer = connection.getresponse()
        data = answer.read(ANSWER_LIMIT)
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        if not answer.isclosed() or answer.will_close:
            self._forget(place)
        return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, data)

    def _forget(self, place: tuple[str, str]) -> None:
        connection = self._kept.pop(place, None)
        if connection is not None and connection.sock is not None:
            # A plain close, because TLS would say goodbye on a connection that a forked parent still uses.
            try:
                socket.close(connection.sock.detach())
            except OSError:  # after a handshake that failed, or when it was closed behind our back
                return


def _connect(place: tuple[str, str], timeout_s: float) -> http.client.HTTPConnection:
    scheme, netloc = place
    parts = urlsplit(f"//{netloc}")
    proxy = _proxy(scheme, parts.hostname or "")
    if proxy is None:
        return _plain(scheme, parts.hostname or "", parts.port, timeout_s)
    middle = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if scheme == "https":
        connection = _plain("https", middle.hostname or "", middle.port or 80, timeout_s)
        connection.set_tunnel(parts.hostname or "", parts.port or 443, _login(middle))
        return connection
    connection = _plain(middle.scheme, middle.hostname or "", middle.port, timeout_s)
    connection.through = (f"{scheme}://{netloc}", _login(middle))  # type: ignore[attr-defined]
    return connection


def _login(proxy: SplitResult) -> dict[str, str]:
    """Who asks, for a proxy whose address names a user."""
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _plain(scheme: str, host: str, port: int | None, timeout_s: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout_s)


def _proxy(scheme: str, host: str) -> str | None:
    """From the environment, as urllib.request reads it; that module costs more to import than all of this."""
    environ = {name.lower(): value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    for name in environ.get("no_proxy", "").replace(" ", "").split(","):
        if name == "*" or (name and (host == name.lstrip(".") or host.endswith("." + name.lstrip(".")))):
            return None
    return environ.get(f"{scheme}_proxy") or None
