"""Joins up to three query results into one set of rows, as the page on set operations has it.

The first two results are joined, and what comes out is joined with the third. A field of result n can also be named
`$n.field`; without that, the field of the earliest result that has it is meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowvigil.emulator.alerting.conditions import Row, holds

MOST_ROWS, MOST_ROWS_OF_THREE = 1000, 100
"""Rows of each result that take part."""
NO_JOIN = ("no_join", "")
TYPES = (*NO_JOIN, "cross_join", "inner_join", "left_join", "right_join", "full_join", "left_exclude",
         "right_exclude", "concat")  # fmt: skip


def joined(results: Sequence[Sequence[Row]], joins: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows that are judged; without joins those of the first result."""
    most = MOST_ROWS if len(results) < 3 else MOST_ROWS_OF_THREE
    sets = [[_named(row, place) for row in rows[:most]] for place, rows in enumerate(results)]
    found = sets[0] if sets else []
    for right, how in zip(sets[1:], joins, strict=False):
        found = _joined(found, right, str(how.get("type", "")), str(how.get("condition", "")))
    return list(found)


def _named(row: Row, place: int) -> dict[str, Any]:
    return {**row, **{f"${place}.{name}": value for name, value in row.items()}}


def _joined(left: list[dict[str, Any]], right: list[dict[str, Any]], kind: str, on: str) -> list[dict[str, Any]]:
    if kind in NO_JOIN:
        return left
    if kind == "concat":
        return left + right
    pairs = [(a, b) for a in range(len(left)) for b in range(len(right)) if holds(on, {**right[b], **left[a]})]
    both = [{**right[b], **left[a]} for a, b in pairs]
    alone_left = [row for a, row in enumerate(left) if a not in {one for one, _ in pairs}]
    alone_right = [row for b, row in enumerate(right) if b not in {one for _, one in pairs}]
    return {
        "cross_join": both,
        "inner_join": both,
        "left_join": both + alone_left,
        "right_join": both + alone_right,
        "full_join": both + alone_left + alone_right,
        "left_exclude": alone_left,
        "right_exclude": alone_right,
    }[kind]
