"""Which flow a framework's own names mean, by what the specs say under `source`.

The settings file is read once, when the first integration asks; what changes later takes effect with the next start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from ..reporter.contract import FlowSettings
from ..reporter.options import load
from ..reporter.switch import SETTINGS_VARIABLE

UNMATCHED = "unmatched"
"""The flow of runs that no spec claims, where the framework's own name would not do as one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A flow's id, and the version that the framework's name carries, if any."""

    flow: str
    version: str | None = None


class Sources:
    """The `source` of every flow. `known` is False without a settings file: then any name is as good as another."""

    def __init__(self, flows: Iterable[FlowSettings] = (), *, known: bool = True) -> None:
        self._flows, self.known = tuple(flows), known

    def find(self, app: str, *, name: str = "", identity: str = "", endpoint: str = "") -> Found | None:
        """The flow that is meant, or None. `app` is langflow or langchain.

        A spec's id, or the beginning of one, outranks its endpoint, and that its name; so a renamed flow stays itself.
        A name may go on where `version.pattern` finds a version in it: `poem v2` is version 2 of `poem`.
        """
        for flow in self._flows:
            if flow.app == app:
                version = _version(flow, name)
                if _means(flow.source, name, identity, endpoint, versioned=version is not None):
                    return Found(flow.flow, version)
        return None


@cache
def sources() -> Sources:
    """Those of the settings file."""
    path = os.environ.get(SETTINGS_VARIABLE, "")
    settings = load(path) if path else None
    return Sources(settings.flows if settings else (), known=settings is not None)


def _means(source: Mapping[str, str], name: str, identity: str, endpoint: str, *, versioned: bool) -> bool:
    if identity and (wanted := source.get("id")):
        return identity.startswith(wanted)
    if endpoint and (wanted := source.get("endpoint")):
        return endpoint == wanted
    wanted = source.get("name")
    return wanted is not None and (name == wanted or (versioned and name.startswith(wanted)))


def _version(flow: FlowSettings, name: str) -> str | None:
    try:
        found = re.search(flow.version.get("pattern") or r"(?!)()", name)
        return found.group(1) if found else None
    except (re.error, IndexError):  # `lint` refuses such a pattern; a host must not stumble over it
        return None
