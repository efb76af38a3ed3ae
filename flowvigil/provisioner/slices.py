"""The hash by which a flow's part of the plan is approved, applied and recognised.

SHA-256 over canonical JSON: each object as a list of its type's name and its fields in order, references and secrets
by name, so that equal means equal for the cloud. Holds no clock and no commit, and never the hash itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from enum import Enum
from operator import attrgetter
from typing import Any

LENGTH = 16
"""Hexadecimal digits of the hash that are kept: labels and descriptions are short."""

_FIELDS: dict[type, Callable[[Any], Any]] = {}


def slice_hash(*parts: Any, outline: bytes = b"") -> str:
    """The hash of objects, settings and plain values, after `outline`, which is canonical already.

    Raises TypeError for anything else.
    """
    return hashlib.sha256(outline + canonical(*parts)).hexdigest()[:LENGTH]


def canonical(*parts: Any) -> bytes:
    """Canonical JSON of objects, settings and plain values."""
    return _ENCODE(parts).encode()


def _listed(value: Any) -> Any:
    kind = type(value)
    fields = _FIELDS.get(kind)
    if fields is None:
        if isinstance(value, Enum):
            return value.value
        fields = _FIELDS[kind] = attrgetter(*_names(value))
    return (kind.__name__, fields(value))


def _names(value: Any) -> tuple[str, ...]:
    try:
        return tuple(value.__dataclass_fields__)
    except AttributeError:
        raise TypeError(f"{type(value).__name__} has no place in a plan") from None


_ENCODE = json.JSONEncoder(default=_listed, ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
