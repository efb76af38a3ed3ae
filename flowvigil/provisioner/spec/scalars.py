"""What a plain word means: numbers, true, false and null as in JSON; everything else is text."""

from __future__ import annotations

import re

WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?\Z").match
_BEGINS = frozenset("-0123456789")


def plain_value(text: str) -> object:
    """JSON's reading of a word without quotes; `yes`, `012`, `1e3` and dates stay text."""
    if text in WORDS:
        return WORDS[text]
    number = _NUMBER(text) if text[0] in _BEGINS else None
    if number is None:
        return text
    return float(text) if number.lastindex else int(text)
