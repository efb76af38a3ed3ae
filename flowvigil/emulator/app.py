"""The port: takes a request apart, applies faults, lets the service act in one transaction, journals, answers."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from flowvigil.emulator.alarm_doors import is_robot, robot
from flowvigil.emulator.call import Reply
from flowvigil.emulator.control import control
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.exchange import Exchange
from flowvigil.emulator.faults import Fault
from flowvigil.emulator.page import is_page, site
from flowvigil.emulator.ticking import ticking
from flowvigil.emulator.warming import warming
from flowvigil.emulator.wire import Incoming, failure, incoming
from flowvigil.emulator.world import World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT = 12 * 1024 * 1024
PASSED_OVER = BODY_LIMIT + 4 * 1024 * 1024
LOOPBACK = frozenset(("127.0.0.1", "localhost", "[::1]"))


class App:
    """The ASGI application of one pretend cloud."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.control = control(world)
        self.page = site(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(self.world, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = scope["raw_path"].decode("latin-1")
        headers = list(scope["headers"])
        request: Incoming | None = None
        query = scope["query_string"].decode("latin-1")
        try:
            request = incoming(scope["method"], target, query, headers, b"")
            if request.path.startswith("/-/") and request.host in LOOPBACK:
                await self.control({**scope, "path": request.path}, receive, send)
                return
            if is_page(request):
                await self.page({**scope, "path": request.path}, receive, send)
                return
            body = await _body(receive)
            request = incoming(scope["method"], target, query, headers, body)
        except CloudError as error:
            await _answer(send, Reply(failure(error, "", "", sls=bool(request and request.is_sls)), error.status))
            return
        if is_robot(request):
            await _answer(send, robot(self.world, request))
            return
        await self._cloud(request, scope, receive, send)

    async def _cloud(self, request: Incoming, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(self.world, request, str(uuid.uuid4()).upper())
        fault = self.world.faults.strike(exchange.service, exchange.name, mutates=exchange.mutates)
        drop = scope.get("extensions", {}).get("emulator.drop")
        if fault and fault.when == "before" and not await self._strike(fault, exchange, receive, drop):
            exchange.record(f"{fault.kind} before")
            return
        reply = exchange.refuse(early) if (early := _refusal(fault, "before")) else exchange.act()
        if fault and fault.when == "after" and not await self._strike(fault, exchange, receive, drop):
            return
        if late := _refusal(fault, "after"):
            reply = exchange.refuse(late)
        await _answer(send, reply, exchange.request_id)

    async def _strike(self, fault: Fault, exchange: Exchange, receive: Receive, drop: Any) -> bool:
        """Carry out the waiting part of a fault; False when the client is gone or is cut off."""
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "hold":
            return await _hold(fault, receive)
        if fault.kind == "drop":
            if drop:
                drop()
                await asyncio.sleep(0)
            return False
        return True


def _refusal(fault: Fault | None, when: str) -> Fault | None:
    return fault if fault and fault.kind in ("fail", "throttle") and fault.when == when else None


async def _hold(fault: Fault, receive: Receive) -> bool:
    """Wait until the fault is released (True) or the client goes away (False)."""
    fault.holding += 1
    released, gone = asyncio.ensure_future(fault.release.wait()), asyncio.ensure_future(_disconnect(receive))
    try:
        await asyncio.wait({released, gone}, return_when=asyncio.FIRST_COMPLETED)
        return not gone.done()
    finally:
        fault.holding -= 1
        released.cancel()
        gone.cancel()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(receive: Receive) -> bytes:
    """The body; of one that is a little too large the rest is passed over, so that its sender reads the refusal."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= PASSED_OVER:
        message = await receive()
        size += len(message.get("body", b""))
        more = bool(message.get("more_body"))
        if size > BODY_LIMIT:
            chunks.clear()
        else:
            chunks.append(message.get("body", b""))
    if size > BODY_LIMIT:
        raise CloudError(413, "PostBodyTooLarge", f"the body is larger than {BODY_LIMIT} bytes")
    return b"".join(chunks)


async def _answer(send: Send, reply: Reply, request_id: str = "") -> None:
    data = b"" if reply.payload is None else json.dumps(reply.payload).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(data)).encode()),
        (b"x-log-requestid", request_id.encode()),
        (b"x-acs-request-id", request_id.encode()),
        *((name.encode(), value.encode()) for name, value in reply.headers.items()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _lifespan(world: World, receive: Receive, send: Send) -> None:
    running = [asyncio.ensure_future(ticking(world)), asyncio.ensure_future(warming(world))]
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            for one in running:
                one.cancel()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
