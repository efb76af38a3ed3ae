"""Conditions of alerts over the rows of a result: `value > 5`, `$1.total == 0`, `[5xx %] > 1`, `__count__ > 3`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flowvigil.emulator.formulas import FormulaError, Node, Reader

LONGEST = 128
"""Characters of a condition (page on evaluate expressions)."""
Row = Mapping[str, Any]


@lru_cache(maxsize=1024)
def condition(text: str) -> Node:
    """The condition as a function of a row, which gives True only when it holds; FormulaError says what is wrong."""
    if len(text) > LONGEST:
        raise FormulaError(f"a condition has at most {LONGEST} characters, not {len(text)}: {text[:40]!r}...")
    return Reader(text, _operand).whole()


def holds(text: str, row: Row) -> bool:
    """Whether a condition is true of a row; an empty one is true of every row."""
    return not text.strip() or condition(text)(row) is True


def _operand(reader: Reader, sign: str) -> Node:
    if sign == "$":
        number = reader.take()
        reader.must(".")
        return _field(f"${number}.{_name(reader, reader.take())}")
    if sign == "contains" and reader.next("("):
        items = reader.items(")")
        if len(items) != 2:
            raise FormulaError("contains takes a field and a text")
        return _contains(*items)
    return _field(_name(reader, sign))


def _name(reader: Reader, sign: str) -> str:
    if sign != "[":
        if not sign.isidentifier():
            raise reader.wrong()
        return sign
    end = reader.text.find("]", reader.at)
    if end < 0:
        raise reader.wrong()
    name, reader.at = reader.text[reader.at : end], end + 1
    return name


def _field(name: str) -> Node:
    return lambda row: row.get(name)


def _contains(text: Node, part: Node) -> Node:
    def find(row: Row) -> bool | None:
        whole, wanted = text(row), part(row)
        return None if whole is None or wanted is None else str(wanted) in str(whole)

    return find
