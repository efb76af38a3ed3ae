"""Secrets by name, from the environment: `assistant-robot` is FLOWVIGIL_SECRET_ASSISTANT_ROBOT.

Finds all that are missing or unusable before the relay starts. Knows nothing of where the environment comes from.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .settings import Settings, SettingsError

PREFIX = "FLOWVIGIL_SECRET_"
SHORTEST = 16
"""Characters of the secret in the relay's path: fewer could be guessed."""

_OTHER = re.compile(r"[^A-Z0-9]")


def variable(name: str) -> str:
    """The environment variable of a secret."""
    return PREFIX + _OTHER.sub("_", name.upper())


@dataclass(frozen=True, slots=True)
class Secrets:
    """Values by the secret's name; `paths` are the secrets that a callback's path may end in."""

    values: Mapping[str, str]
    paths: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self.values))})"

    def opens(self, path: str) -> bool:
        """Whether a request's path ends in the relay's secret; takes the same time whichever part is wrong."""
        given = path.rstrip("/").rpartition("/")[2].encode()
        return sum(hmac.compare_digest(given, one.encode()) for one in self.paths) > 0


def secrets(settings: Settings, environ: Mapping[str, str]) -> Secrets:
    """All secrets that the settings name. Raises SettingsError with everything that is wrong.

    `<url>-old`, if set, is a second address that still opens while rules change over to the new one.
    """
    names = settings.secrets()
    wrong = [*_collisions(names)]
    values = {name: environ.get(variable(name), "").strip() for name in names}
    wrong += [f"secret {name} is missing: set {variable(name)}" for name in names if not values[name]]
    keys = {one.sign for one in settings.robots} | {hook.sign for flow in settings.flows for hook in flow.hooks}
    for name in names:
        if values[name] and name not in keys and not _is_address(values[name]):
            wrong.append(f"secret {name} ({variable(name)}) is no http or https address")
    old = environ.get(variable(f"{settings.url}-old"), "").strip()
    paths = tuple([_last(one) for one in (values[settings.url], old) if _is_address(one)])
    if paths and min(map(len, paths)) < SHORTEST:
        wrong.append(
            f"the address in {settings.url} must end in a secret of at least {SHORTEST} characters, "
            "such as https://relay.example.com/callback/<secret>"
        )
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Secrets(values, paths)


def _collisions(names: list[str]) -> list[str]:
    seen: dict[str, str] = {}
    return [
        f"secrets {seen[variable(name)]} and {name} would both be {variable(name)}; rename one"
        for name in names
        if seen.setdefault(variable(name), name) != name
    ]


def _last(address: str) -> str:
    return urlsplit(address).path.rstrip("/").rpartition("/")[2]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
