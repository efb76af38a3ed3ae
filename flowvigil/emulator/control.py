"""The door for tests and tools under `/-/`: health, reset, journal, faults, switches, objects, rules, datapoints."""

from __future__ import annotations

import os
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from flowvigil.emulator import inspection
from flowvigil.emulator.alarm_doors import alarm_routes
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.switches import TABLE
from flowvigil.emulator.world import World


def control(world: World) -> Starlette:
    """The control application of one pretend cloud."""
    door = Door(world)
    routes = [
        Route("/-/health", door.health),
        Route("/-/reset", door.reset, methods=["POST"]),
        Route("/-/journal", door.journal),
        Route("/-/faults", door.faults, methods=["GET", "POST", "DELETE"]),
        Route("/-/faults/{number:int}", door.end_fault, methods=["DELETE"]),
        Route("/-/faults/{number:int}/release", door.release, methods=["POST"]),
        Route("/-/switches", door.switches, methods=["GET", "POST"]),
        Route("/-/permissions", door.permissions, methods=["POST"]),
        Route("/-/objects", door.objects),
        Route("/-/rules", door.rules),
        Route("/-/datapoints", door.datapoints),
        *alarm_routes(world),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _not_there})


class Door:
    """One method for each address; every answer is JSON, every refusal a 400 that says what would be right."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def health(self, _request: Request) -> JSONResponse:
        folder = self.world.state.folder
        told = {"emulator": "flowvigil", "ready": True, "pid": os.getpid(), "profile": self.world.switches.profile}
        told["facts"] = dict(self.world.switches.facts)
        told["clock"] = "virtual" if isinstance(self.world.now, VirtualClock) else "real"
        return JSONResponse({**told, "state": str(folder.resolve()) if folder else None})

    async def reset(self, _request: Request) -> JSONResponse:
        self.world.reset()
        return JSONResponse({"reset": True})

    async def journal(self, request: Request) -> JSONResponse:
        after = _number(request.query_params.get("after", "0"))
        return _refused("after is a number") if after is None else JSONResponse(self.world.journal.after(after))

    async def faults(self, request: Request) -> JSONResponse:
        if request.method == "DELETE":
            self.world.faults.clear()
        if request.method == "POST":
            try:
                return JSONResponse(self.world.faults.plant(await _object(request)).view())
            except (ValueError, TypeError) as error:
                return _refused(str(error))
        return JSONResponse([fault.view() for fault in self.world.faults.planted.values()])

    async def end_fault(self, request: Request) -> JSONResponse:
        self.world.faults.clear(request.path_params["number"])
        return JSONResponse({})

    async def release(self, request: Request) -> JSONResponse:
        fault = self.world.faults.planted.get(request.path_params["number"])
        if fault is None:
            return _refused("no such fault")
        fault.release.set()
        return JSONResponse(fault.view())

    async def switches(self, request: Request) -> JSONResponse:
        if request.method == "POST":
            try:
                wanted = await _object(request)
                self.world.switches.change(str(wanted.get("name", "")), str(wanted.get("value", "")))
            except ValueError as error:
                return _refused(str(error))
        return JSONResponse([{**switch.__dict__, "now": self.world.switches[switch.name]} for switch in TABLE])

    async def permissions(self, request: Request) -> JSONResponse:
        try:
            wanted = await _object(request)
            deny, allow = _names(wanted, "deny"), _names(wanted, "allow")
        except ValueError as error:
            return _refused(str(error))
        self.world.accounts.restrict(str(wanted.get("account", "")), str(wanted.get("role", "")), deny, allow)
        return JSONResponse({"deny": deny, "allow": allow})

    async def objects(self, _request: Request) -> JSONResponse:
        return JSONResponse(inspection.objects(self.world))

    async def rules(self, _request: Request) -> JSONResponse:
        return JSONResponse(inspection.rules(self.world))

    async def datapoints(self, request: Request) -> JSONResponse:
        return JSONResponse(inspection.datapoints(self.world, request.query_params.get("metric", "")))


async def _not_there(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"error": f"{request.method} {request.url.path} is no door of the emulator"}, status)


def _refused(why: str) -> JSONResponse:
    return JSONResponse({"error": why}, status_code=400)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


async def _object(request: Request) -> dict[str, Any]:
    value = parsed(await request.body())
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - one error type for bad bodies
    return value


def _names(wanted: dict[str, Any], field: str) -> list[str]:
    value = wanted.get(field, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{field} is a list of action names")
    return value
