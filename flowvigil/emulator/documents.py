"""JSON from outside: what is nested without end, or holds what is no number in JSON, is no document."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 100
"""Levels of nesting; no request of a real client comes near, and what reads a value recurses as deep as it is."""


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


_READER = json.JSONDecoder(parse_constant=_no_number)


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text. ValueError for what is none."""
    told = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
    try:
        found = _READER.decode(told)
    except RecursionError:
        raise ValueError(f"nested deeper than {DEEPEST} levels") from None
    if len(told) > DEEPEST and _deeper(found, DEEPEST):
        raise ValueError(f"nested deeper than {DEEPEST} levels")
    if "\\u" in told:
        json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair is a ValueError, and cannot be kept
    return found


def _deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not levels or any(_deeper(one, levels - 1) for one in inner if isinstance(one, (dict, list)))
