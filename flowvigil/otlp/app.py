"""The HTTP side of OTLP: paths, statuses and answers as opentelemetry-proto's docs/specification.md has them.

Metrics and logs are accepted and dropped, so that a service which exports all three is not full of errors.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ..reporter.wire.protobuf import text, varint
from .body import JSON, PROTOBUF, RefusedError, media_type, whole
from .runs import Runs
from .spans import BadRequestError, read

INVALID_ARGUMENT = 3
"""google.rpc.Code of an answer that says no."""


def application(runs: Runs) -> Starlette:
    """Reports what it receives to `runs`; closes them when it ends."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        settling = asyncio.create_task(_settle(runs))
        yield
        settling.cancel()
        runs.close()

    async def traces(request: Request) -> Response:
        return await _answered(request, runs)

    async def others(request: Request) -> Response:
        return await _answered(request, None)

    routes = [Route("/v1/traces", traces, methods=["POST"])]
    routes += [Route(path, others, methods=["POST"]) for path in ("/v1/metrics", "/v1/logs")]
    return Starlette(routes=routes, lifespan=lifespan)


async def _settle(runs: Runs) -> None:
    while True:
        await asyncio.sleep(1)
        runs.settle()


async def _answered(request: Request, runs: Runs | None) -> Response:
    media = PROTOBUF
    try:
        media = media_type(request.headers.get("content-type", ""))
        body = await whole(request.stream(), request.headers.get("content-encoding", ""))
        if runs is None:
            return Response(_success(media, 0, 0), media_type=media)
        spans, broken = await run_in_threadpool(read, body, as_json=media == JSON)
        return Response(_success(media, broken, runs.take(spans)), media_type=media)
    except RefusedError as error:
        return Response(_failure(media, str(error)), error.status, media_type=media)
    except BadRequestError as error:
        return Response(_failure(media, str(error)), 400, media_type=media)
    except ClientDisconnect:
        return Response(status_code=400)


def _success(media: str, broken: int, old: int) -> bytes:
    """An ExportTraceServiceResponse; without refused spans it is empty, as the specification wants it."""
    if not broken and not old:
        return b"{}" if media == JSON else b""
    reasons = [f"{broken} spans have no valid ids or times"] * bool(broken)
    reasons += [f"{old} spans ended over an hour ago"] * bool(old)
    said = "; ".join(reasons)
    if media == JSON:
        return json.dumps({"partialSuccess": {"rejectedSpans": str(broken + old), "errorMessage": said}}).encode()
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = broken + old
    response.partial_success.error_message = said
    return bytes(response.SerializeToString())


def _failure(media: str, said: str) -> bytes:
    """A google.rpc.Status: code and message, fields 1 and 2."""
    if media == JSON:
        return json.dumps({"code": INVALID_ARGUMENT, "message": said}).encode()
    message = text(said)
    return b"\x08" + varint(INVALID_ARGUMENT) + b"\x12" + varint(len(message)) + message
