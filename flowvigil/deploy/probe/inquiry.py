"""What an inquiry is: the questions it answers, what it costs beforehand, and its body. Knows no service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bench import Bench

FAMILIES = ("points", "rules", "templates", "contacts", "alarms", "series", "quotas")
AROUND = 100
"""Calls at most for what all share, and to take everything away again, without those of `quotas`."""

USUAL = FAMILIES[:-1]
"""What is asked unless families are named: `quotas` makes hundreds of objects, so it is asked only by name."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer. It is spelt like the position of the pretend cloud's switch of this name; None: not known.

    `seen` says what was called and what came back, for a person who judges the answer.
    """

    name: str
    answer: str | None
    seen: str


Body = Callable[["Bench"], Iterable[Fact]]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`answers` are names of facts, `asks` says it in words; `calls` and `minutes` are what it takes at most."""

    family: str
    answers: tuple[str, ...]
    asks: str
    calls: int
    minutes: int
    series: int
    body: Body


ALL: list[Inquiry] = []


def inquiry(
    family: str, *answers: str, asks: str, calls: int, minutes: int = 0, series: int = 0
) -> Callable[[Body], Body]:
    """Puts the body of an inquiry into the list of all; `series` are those that it reports at most."""

    def listed(body: Body) -> Body:
        ALL.append(Inquiry(family, answers, asks, calls, minutes, series, body))
        return body

    return listed


def chosen(families: Sequence[str] = USUAL) -> list[Inquiry]:
    """The inquiries of these families, in the order in which they do not disturb each other."""
    from . import alarms, contacts, points, quotas, rules, series, templates  # noqa: F401 - fills the list

    return [one for family in FAMILIES if family in families for one in _of(family)]


def _of(family: str) -> Iterator[Inquiry]:
    return (one for one in ALL if one.family == family)
