"""Which flow a framework's own names mean, by what the specs say under `source`.

The settings file is read once, when the first integration asks; what changes later takes effect with the next start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ..reporter.contract import FlowSettings
from ..reporter.options import load
from ..reporter.switch import SETTINGS_VARIABLE

UNMATCHED = "unmatched"
"""The flow of runs that no spec claims, where the framework's own name would not do as one."""

REMEMBERED = 10_000
"""Answers kept; a framework that makes up names must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Found:
    """A flow's id, and the version that the framework's name carries, if any."""

    flow: str
    version: str | None = None


class Asked(NamedTuple):
    """What a framework calls a flow; empty where it does not say."""

    name: str = ""
    identity: str = ""
    endpoint: str = ""


class Sources:
    """The `source` of every flow. `known` is False without a settings file: then any name is as good as another."""

    def __init__(self, flows: Iterable[FlowSettings] = (), *, known: bool = True) -> None:
        self._flows, self.known = tuple(flows), known
        self._remembered: dict[tuple[str, Asked], Found | None] = {}

    def find(self, app: str, *, name: str = "", identity: str = "", endpoint: str = "") -> Found | None:
        """The flow that is meant, or None. `app` is langflow or langchain.

        An id, or the beginning of one, outranks an endpoint, and that a name, whatever the order of the specs; so a
        renamed flow stays itself, and a copy with another id is another flow.
        A name may go on where `version.pattern` finds a version in it: `poem v2` is version 2 of `poem`.
        """
        key = (app, Asked(name, identity, endpoint))
        try:
            return self._remembered[key]
        except KeyError:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = self._search(*key)
            return found

    def wants_endpoints(self) -> bool:
        """Whether any spec names one, so that it is worth asking for."""
        return any("endpoint" in flow.source for flow in self._flows)

    def _search(self, app: str, asked: Asked) -> Found | None:
        flows = sorted((one for one in self._flows if one.app == app), key=lambda one: -len(one.source.get("id", "")))
        for fits in (_by_id, _by_endpoint, _by_name):
            for flow in flows:
                if fits(flow, asked):
                    return Found(flow.flow, _version(flow, asked.name))
        return None


@cache
def sources() -> Sources:
    """Those of the settings file."""
    path = os.environ.get(SETTINGS_VARIABLE, "")
    settings = load(path) if path else None
    return Sources(settings.flows if settings else (), known=settings is not None)


def _by_id(flow: FlowSettings, asked: Asked) -> bool:
    wanted = flow.source.get("id")
    return bool(wanted and asked.identity) and asked.identity.startswith(str(wanted))


def _by_endpoint(flow: FlowSettings, asked: Asked) -> bool:
    return bool(asked.endpoint) and flow.source.get("endpoint") == asked.endpoint and not _another(flow, asked)


def _by_name(flow: FlowSettings, asked: Asked) -> bool:
    wanted = flow.source.get("name")
    if wanted is None or _another(flow, asked):
        return False
    return asked.name == wanted or (asked.name.startswith(wanted) and _version(flow, asked.name) is not None)


def _another(flow: FlowSettings, asked: Asked) -> bool:
    """Its id is known and not the one that the spec names, so that a name alone proves nothing."""
    return bool(asked.identity and flow.source.get("id")) and not _by_id(flow, asked)


def _version(flow: FlowSettings, name: str) -> str | None:
    try:
        found = re.search(flow.version.get("pattern") or r"(?!)()", name)
        return found.group(1) if found else None
    except (re.error, IndexError):  # `lint` refuses such a pattern; a host must not stumble over it
        return None
