"""One thing that was looked at, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """`warn` is not tried or not ideal; `bad` is in the way; `missing` is in the way and lies outside the project."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """`about` names what was looked at, `found` what is there, `right` what would be right, empty if all is well."""

    about: str
    state: State
    found: str
    right: str = ""


def ok(about: str, found: str) -> Check:
    return Check(about, State.OK, found)


def warn(about: str, found: str, right: str) -> Check:
    return Check(about, State.WARN, found, right)


def bad(about: str, found: str, right: str) -> Check:
    return Check(about, State.BAD, found, right)


def missing(about: str, found: str, right: str) -> Check:
    return Check(about, State.MISSING, found, right)
