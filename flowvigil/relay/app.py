"""The relay as an ASGI application: reads requests with limits, answers at once, works in a thread of its own."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as Incoming
from starlette.responses import Response
from starlette.routing import Route

from .callback import LARGEST
from .door import Range, Reply, Request, answer
from .relay import Relay

BODY_WAIT_S = 5.0
"""The service gives up after five seconds itself (help page 60714)."""
TICK_S, SLOW_S, STUCK_S = 0.2, 1.0, 60.0
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Worker:
    """Does the relay's work until told to end; a failure is printed, counted, and the next round tries again."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._ending, self._news = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self.rounds_at = time.monotonic()

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something came."""
        self._news.set()

    def end(self) -> None:
        """Finish the round and stop."""
        self._ending.set()
        self._news.set()
        self._thread.join()

    @property
    def stuck(self) -> bool:
        """Whether no round has ended for a long time."""
        return time.monotonic() - self.rounds_at > STUCK_S

    def _run(self) -> None:
        slowly, woken = 0.0, False
        while not self._ending.is_set():
            try:
                self._relay.judge()
                worked = self._relay.deliver()
                if woken or time.monotonic() - slowly > SLOW_S:
                    slowly = time.monotonic()
                    self._relay.reload()
                    self._relay.beat()
            except Exception:
                worked = False
                traceback.print_exc(file=sys.stderr)
            self.rounds_at = time.monotonic()
            woken = not worked and self._news.wait(TICK_S)
            if woken:
                self._news.clear()


def application(relay: Relay, allowed: Sequence[Range] = ()) -> Starlette:
    """The application of one relay; its worker lives as long as the application does."""
    worker = Worker(relay)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        worker.start()
        try:
            yield
        finally:
            await asyncio.to_thread(worker.end)
            relay.close()

    async def door(incoming: Incoming) -> Response:
        try:
            body = await asyncio.wait_for(_body(incoming), BODY_WAIT_S)
        except asyncio.TimeoutError:
            return Response("the body did not come in time", 408)
        except ClientDisconnect:
            return Response(status_code=400)
        client = incoming.client.host if incoming.client else ""
        asked = Request(incoming.method, incoming.url.path, client, body)
        reply = await asyncio.to_thread(answer, relay, asked, allowed)
        worker.wake()
        stuck = asked.path == "/healthz" and worker.stuck
        return _response(Reply(503, "the worker is stuck") if stuck else reply)

    return Starlette(routes=[Route("/{path:path}", door, methods=METHODS)], lifespan=lifespan)


async def _body(incoming: Incoming) -> bytes | None:
    """The body, or None when it is too large; reads no further then."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in incoming.stream():
        size += len(chunk)
        if size > LARGEST:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _response(reply: Reply) -> Response:
    headers = {"Allow": reply.allow} if reply.allow else None
    return Response(reply.body, reply.status, headers, reply.kind)
