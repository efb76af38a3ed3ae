"""The one list of what the emulator answers: a decorator per wire style, each with the source of the behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowvigil.emulator.call import Call

Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Action:
    """One answered action: `resource` names the parameters that identify what it touches, `ram` its grant.

    An `unsigned` one is open to callers without any key; `kind` is the parameter `type` that tells calls of one path
    apart.
    """

    service: str
    name: str
    handler: Handler
    source: str
    mutates: bool
    resource: tuple[str, ...]
    ram: str
    method: str = "POST"
    path: str = "/"
    on_project: bool = False
    unsigned: bool = False
    kind: str = ""

    @property
    def segments(self) -> list[str]:
        return [part for part in self.path.split("/") if part]


RPC: dict[tuple[str, str], Action] = {}
REST: list[Action] = []

VERSIONS = {
    "2019-01-01": "cms",
    "2015-05-01": "ram",
    "2015-04-01": "sts",
    "2015-06-12": "location",
    "2017-12-14": "bss",
    "2019-10-23": "slspop",
}


def rpc(
    service: str,
    name: str,
    *,
    source: str,
    mutates: bool = False,
    resource: tuple[str, ...] = (),
    ram: str = "",
    unsigned: bool = False,
) -> Callable[[Handler], Handler]:
    """Answer an RPC action of `service`; `source` says where its behaviour is known from."""

    def register(handler: Handler) -> Handler:
        grant = ram or f"{service}:{name}"
        RPC[service, name] = Action(service, name, handler, source, mutates, resource, grant, unsigned=unsigned)
        return handler

    return register


def rest(
    name: str, method: str, path: str, *, source: str, on_project: bool = True, ram: str = "", kind: str = ""
) -> Callable[[Handler], Handler]:
    """Answer a Log Service call; `{x}` in `path` is one segment, `on_project` tells the kind of host."""

    def register(handler: Handler) -> Handler:
        mutates = method != "GET" and not name.startswith("Get")
        grant = ram or f"log:{name}"
        REST.append(Action("sls", name, handler, source, mutates, (), grant, method, path, on_project, kind=kind))
        return handler

    return register


def find_rpc(version: str, name: str) -> Action | None:
    """The action of the service that has this API version; without a version, the only service that knows the name."""
    if version:
        return RPC.get((VERSIONS.get(version, ""), name))
    found = [action for (_, known), action in RPC.items() if known == name]
    return found[0] if len(found) == 1 else None


def find_rest(method: str, path: str, *, on_project: bool, kind: str = "") -> tuple[Action, dict[str, str]] | None:
    """The Log Service call of this method, path and `type`, and the values of its path parameters."""
    given = [part for part in path.split("/") if part]
    for action in REST:
        if action.method == method and action.on_project == on_project and action.kind in ("", kind):
            values = _match(action.segments, given)
            if values is not None:
                return action, values
    return None


def _match(wanted: list[str], given: list[str]) -> dict[str, str] | None:
    if len(wanted) != len(given):
        return None
    values: dict[str, str] = {}
    for pattern, part in zip(wanted, given, strict=True):
        if pattern.startswith("{"):
            values[pattern[1:-1]] = part
        elif pattern != part:
            return None
    return values
