"""What the index of a logstore says: which fields can be searched and analysed, as which type, and split how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DELIMITERS = "".join(", '\";=()[]{}?@&<>/:\n\t\r")
TYPES = {"text": "VARCHAR", "json": "VARCHAR", "long": "BIGINT", "double": "DOUBLE"}
RESERVED = {"__time__": "long", "__source__": "text", "__topic__": "text"}
BETWEEN_FIELDS = "\x01"
"""Stands between the values of a line where the whole line is searched."""


@dataclass(frozen=True)
class Words:
    """How a text is split. `chinese` finds Chinese words anywhere, as the service's own splitting would."""

    delimiters: str = DELIMITERS
    case: bool = False
    chinese: bool = False

    def split(self, text: str) -> list[str]:
        """The words of a text; without delimiters it is one word."""
        if not self.delimiters:
            return [text] if text else []
        return [word for word in re.split(f"[{re.escape(self.delimiters)}]+", text) if word]


@dataclass(frozen=True)
class Field:
    """`type` is text, json, long or double; `analysed` says whether SQL may name it."""

    name: str
    type: str
    words: Words = Words()
    analysed: bool = True

    @property
    def numeric(self) -> bool:
        return self.type in ("long", "double")


@dataclass(frozen=True)
class Index:
    """`whole` is how the full-text index splits a line, None where there is no such index."""

    fields: tuple[Field, ...]
    whole: Words | None = None

    def get(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


def index_of(body: Mapping[str, Any]) -> Index:
    """The index as CreateIndex stored it; `__time__`, `__source__` and `__topic__` are always part of it."""
    keys = body.get("keys") if isinstance(body.get("keys"), dict) else {}
    known = {name: _field(name, spec) for name, spec in (keys or {}).items() if isinstance(spec, dict)}
    for name, kind in RESERVED.items():
        known[name] = Field(name, kind)
    line = body.get("line")
    return Index(tuple(known.values()), _words(line) if isinstance(line, dict) else None)


def _field(name: str, spec: Mapping[str, Any]) -> Field:
    kind = str(spec.get("type", "text"))
    return Field(name, kind if kind in TYPES else "text", _words(spec), bool(spec.get("doc_value", True)))


def _words(spec: Mapping[str, Any]) -> Words:
    tokens = spec.get("token")
    delimiters = "".join(map(str, tokens)) if isinstance(tokens, list) else DELIMITERS
    return Words(delimiters, bool(spec.get("caseSensitive")), bool(spec.get("chn")))
