"""An application for a real server: /ok answers, /stream sends chunks for ten seconds, /slow waits.

The file that BEGUN names is there once /slow does.
"""

import asyncio
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from flowvigil.integrations.asgi import FlowMiddleware


async def chunks():
    for _ in range(200):
        yield b"x"
        await asyncio.sleep(0.05)


async def ok(_request):
    return PlainTextResponse("x")


async def stream(_request):
    return StreamingResponse(chunks())


async def slow(_request):
    Path(os.environ["BEGUN"]).touch()
    await asyncio.sleep(60)
    return PlainTextResponse("x")


app = Starlette(
    routes=[Route("/ok", ok), Route("/stream", stream), Route("/slow", slow)],
    middleware=[Middleware(FlowMiddleware, flows={"/ok": "ok", "/stream": "stream", "/slow": "slow"})],
)
