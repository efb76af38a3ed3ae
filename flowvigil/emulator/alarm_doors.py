"""The doors under `/-/` for time, alarms, messages and robots, and the address that DingTalk robots have."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from flowvigil.emulator.call import Reply
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.evaluation.clock import VirtualClock, seconds
from flowvigil.emulator.evaluation.memory import history
from flowvigil.emulator.notification.outbox import REFUSED, SENT
from flowvigil.emulator.notification.robots import Robot
from flowvigil.emulator.redaction import redact
from flowvigil.emulator.wire import Incoming
from flowvigil.emulator.world import World

ROBOT_HOSTS = frozenset(("oapi.dingtalk.com", "127.0.0.1", "localhost", "[::1]"))


def is_robot(request: Incoming) -> bool:
    """Whether a request is a message to a DingTalk robot."""
    return request.path == "/robot/send" and request.host in ROBOT_HOSTS


def robot(world: World, request: Incoming) -> Reply:
    """Post to a robot; the message stands in the outbox, taken or refused."""
    now = world.now()
    with world.state.transaction():
        if request.method != "POST" or "json" not in request.headers.get("content-type", ""):
            return Reply({"errcode": 43004, "errmsg": "invalid http header Content-Type"})
        verdict = world.dispatch.post(dict(request.query), request.body, now)
        told = {"time": now, "address": f"robot {_ending(request.query)}", "message": _shown(request.body)}
        world.outbox.add("dingtalk", REFUSED if verdict.errcode else SENT, {**told, **verdict._asdict()})
        line = {"time": now, "account": "", "service": "dingtalk", "action": "robot/send", "resource": "",
                "mutates": True, "outcome": str(verdict.errcode), "host": request.host}  # fmt: skip
        world.journal.add({**line, "request": redact(_shown(request.body))})
    return Reply(verdict._asdict())


def _ending(query: Any) -> str:
    return "..." + str(query.get("access_token", ""))[-4:]


def _shown(body: bytes) -> Any:
    try:
        return parsed(body)
    except ValueError:
        return body[:1000].decode("utf-8", "replace")


def alarm_routes(world: World) -> list[Route]:
    """What the control application adds for alarms."""
    door = AlarmDoors(world)
    return [
        Route("/-/clock", door.clock, methods=["GET", "POST"]),
        Route("/-/alerts", door.alerts),
        Route("/-/outbox", door.outbox),
        Route("/-/robots", door.robots, methods=["POST"]),
    ]


class AlarmDoors:
    """Answers are JSON; a refusal is a 400 that says what would be right."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def clock(self, request: Request) -> JSONResponse:
        clock = self.world.now
        virtual = isinstance(clock, VirtualClock)
        changes = 0
        if request.method == "POST":
            if not virtual:
                return _refused("this clock is the real one: start the emulator with --clock virtual")
            try:
                by = seconds((await _object(request)).get("advance"))
            except ValueError as error:
                return _refused(str(error))
            changes = self.world.advance(by)
            await self.world.callbacks.flush()
        return JSONResponse({"clock": "virtual" if virtual else "real", "now": self.world.now(), "changes": changes})

    async def alerts(self, request: Request) -> JSONResponse:
        after = _number(request.query_params.get("after", "0"))
        return _refused("after is a number") if after is None else JSONResponse(history(self.world.state, after))

    async def outbox(self, request: Request) -> JSONResponse:
        after = _number(request.query_params.get("after", "0"))
        channel = request.query_params.get("channel", "")
        return _refused("after is a number") if after is None else JSONResponse(self.world.outbox.after(after, channel))

    async def robots(self, request: Request) -> JSONResponse:
        try:
            token, made = _robot(await _object(request))
        except ValueError as error:
            return _refused(str(error))
        self.world.robots.put(token, made)
        return JSONResponse({"keywords": made.keywords, "signed": bool(made.secret)})


def _robot(wanted: dict[str, Any]) -> tuple[str, Robot]:
    token, secret, keywords = wanted.get("token"), wanted.get("secret", ""), wanted.get("keywords", [])
    if not isinstance(token, str) or not token or not isinstance(secret, str):
        raise ValueError("token and secret are texts; token must not be empty")
    if not isinstance(keywords, list) or not all(isinstance(word, str) for word in keywords) or len(keywords) > 10:
        raise ValueError("keywords is a list of at most 10 texts")
    return token, Robot(tuple(keywords), secret)


async def _object(request: Request) -> dict[str, Any]:
    try:
        value = parsed(await request.body())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - one error type for bad bodies
    return value


def _refused(why: str) -> JSONResponse:
    return JSONResponse({"error": why}, status_code=400)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
