"""A middleware for FastAPI, Starlette and any other ASGI application: each request of a named route is one run.

Pure ASGI, so streams pass untouched. Reads the path, the method and the status; never a body, a header or a query.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from ..reporter.lifecycle import flush
from ..reporter.runs import Run, flow
from ..reporter.switch import remember, switched_on

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PARAMETER = re.compile(r"\{\w+(:path)?\}")
ENDS_OF_LIFESPAN = ("lifespan.shutdown.complete", "lifespan.shutdown.failed")


class FlowMiddleware:
    """Measures requests: `app.add_middleware(FlowMiddleware, flows={"POST /chat": "support-answer"})`.

    A key of `flows` is a path below the application's root path, with or without a method before it; `{name}` stands
    for one segment, `{name:path}` for the rest. The first key that fits decides. A value is the flow's id.
    A run lasts from the request to its last body chunk. An exception fails it, and so does a status of `failing_status`
    or above (None: no status does); a client that goes away before any of these cancels it.
    When the application's lifespan ends, what was measured is delivered, for at most `deadline_s` seconds.
    Does nothing while the reporter is switched off. Raises ValueError for a key that is not a path.
    """

    def __init__(
        self, app: App, flows: Mapping[str, str], *, failing_status: int | None = 500, deadline_s: float = 2.0
    ) -> None:
        self.app = app
        self._routes = [_route(key, name) for key, name in flows.items()]
        self._failing_status = float("inf") if failing_status is None else failing_status
        self._deadline_s = deadline_s
        self._on = switched_on()
        if not self._on:
            for name in flows.values():
                remember(name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._on:
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and (name := self._flow(scope)) is not None:
            await _Request(flow(name), receive, send, self._failing_status).serve(self.app, scope)
        elif scope["type"] == "lifespan":
            await self.app(scope, receive, self._flushing(send))
        else:
            await self.app(scope, receive, send)

    def _flow(self, scope: Scope) -> str | None:
        path, root = scope["path"], scope.get("root_path", "")
        if root and path.startswith(root):
            path = path[len(root) :]
        for method, fits, name in self._routes:
            if fits(path) and method in ("", scope["method"]):
                return name
        return None

    def _flushing(self, send: Send) -> Send:
        async def send_at_the_end(message: Message) -> None:
            if message["type"] in ENDS_OF_LIFESPAN:
                await _flush(self._deadline_s)
            await send(message)

        return send_at_the_end


class _Request:
    """One measured request: stands between the application and the server, and sees how it ends."""

    __slots__ = ("_ended", "_failing_status", "_gone", "_last", "_receive", "_run", "_send")

    def __init__(self, run: Run, receive: Receive, send: Send, failing_status: float) -> None:
        self._run, self._receive, self._send, self._failing_status = run, receive, send, failing_status
        self._gone = self._last = self._ended = False

    async def serve(self, app: App, scope: Scope) -> None:
        run = self._run
        run.__enter__()
        try:
            await app(scope, self.receive, self.send)
        except BaseException as error:
            self._end(error)
            raise
        if not self._ended:
            if not self._gone and not self._last:
                run.mark_failed("unfinished_response")
            self._end(None)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self._last:  # what Hypercorn says while it sends the last chunk
            self._gone = True
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start" and message["status"] >= self._failing_status and not self._gone:
            self._run.mark_failed(f"http_{message['status']}")
        self._last = (kind == "http.response.body" and not message.get("more_body")) or kind == "http.response.pathsend"
        try:
            await self._send(message)
        except OSError:  # the specification's word for a client that has gone
            self._gone = True
            raise
        if self._last:
            self._end(None)

    def _end(self, error: BaseException | None) -> None:
        self._ended = True
        if self._gone:
            self._run.mark_cancelled()
            error = None
        self._run.end(error)


def _route(key: str, name: str) -> tuple[str, Callable[[str], object], str]:
    """A key of `flows` as its method or "", what fits a path, and the flow."""
    method, _, path = key.rpartition(" ")
    if not path.startswith("/"):
        raise ValueError(f"flows: {key!r} is not a path; a key reads like '/chat' or 'POST /chat/{{id}}'")
    if PARAMETER.search(path) is None:
        return method.upper(), path.__eq__, name
    literals = PARAMETER.split(path)
    pattern = re.escape(literals[0])
    for whole, literal in zip(literals[1::2], literals[2::2], strict=True):
        pattern += (".*" if whole else "[^/]+") + re.escape(literal)
    return method.upper(), re.compile(pattern).fullmatch, name


async def _flush(deadline_s: float) -> None:
    """Deliver without holding up the event loop; outside asyncio there is nothing to hold up at this point."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        flush(deadline_s)
    else:
        await asyncio.to_thread(flush, deadline_s)
