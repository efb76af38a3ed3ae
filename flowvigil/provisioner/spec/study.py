"""The slow reading of a YAML text: the place of every key and value, and everything that is not strict YAML.

Only files with something wrong are studied, and those whose places somebody asks for. Knows nothing of the language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .problem import Path
from .reader import DEEPEST, LARGEST, LOADER
from .scalars import plain_value


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of one line; both count from 1."""

    line: int
    column: int
    width: int = 1


@dataclass(slots=True)
class Study:
    """All that a slow reading finds. A second value of one key, and an alias, are left out of `tree`."""

    tree: Any = None
    keys: dict[Path, Spot] = field(default_factory=dict)
    values: dict[Path, Spot] = field(default_factory=dict)
    faults: list[tuple[Spot, str, dict[str, object]]] = field(default_factory=list)


def study(data: bytes) -> Study:
    """Read slowly. Never raises: whatever is wrong stands in `faults`."""
    found = Study()
    if not _bytes_are_sound(data, found):
        return found
    events = _events(data, found)
    for event in events:
        if isinstance(event, DocumentStartEvent):
            if found.tree is not None or found.values:
                found.faults.append((_spot(event), "several-documents", {}))
                break
        elif isinstance(event, (ScalarEvent, MappingStartEvent, SequenceStartEvent, AliasEvent)):
            found.tree = _value(event, events, (), found)
    return found


def _bytes_are_sound(data: bytes, found: Study) -> bool:
    if len(data) > LARGEST:
        found.faults.append((Spot(1, 1), "too-large", {"size": len(data), "limit": LARGEST}))
        return False
    if data.startswith(b"\xef\xbb\xbf"):
        found.faults.append((Spot(1, 1), "byte-order-mark", {}))
        return False
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        found.faults.append((place(before, len(before)), "not-utf8", {}))
        return False
    tab = text.find("\t")
    if tab >= 0:
        found.faults.append((place(text, tab), "tab", {}))
    return tab < 0


def place(text: str, offset: int, width: int = 1) -> Spot:
    """Line and column of an offset; only line feeds count, as in editors' plain mode."""
    return Spot(text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1, width)


def _events(data: bytes, found: Study) -> Iterator[Any]:
    """Events up to the first error of syntax, which becomes a fault."""
    try:
        loader = LOADER(data)
        while (event := loader.get_event()) is not None:
            yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)
        found.faults.append((spot, "syntax", {"reason": str(error.problem or error.context)}))
    except yaml.YAMLError as error:
        # libyaml counts the offset of a forbidden character in bytes, the pure reader in characters
        text = data.decode()
        bad = next((i for i, c in enumerate(text) if not (c.isprintable() or c in "\n\r\x85")), 0)
        found.faults.append((place(text, bad), "syntax", {"reason": str(getattr(error, "reason", error))}))


def _spot(event: Any) -> Spot:
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return Spot(start.line + 1, start.column + 1, max(1, width))


def _value(event: Any, events: Iterator[Any], path: Path, found: Study) -> Any:
    spot = found.values[path] = _spot(event)
    if isinstance(event, AliasEvent):
        found.faults.append((spot, "alias", {}))
        return None
    if event.tag is not None:
        found.faults.append((spot, "tag", {}))
    elif event.anchor is not None:
        found.faults.append((spot, "anchor", {}))
    if isinstance(event, ScalarEvent):
        return plain_value(event.value) if event.implicit[0] else event.value
    if len(path) > DEEPEST:
        found.faults.append((spot, "too-deep", {"limit": DEEPEST}))
        for _ in events:
            pass
        return None
    return (_mapping if isinstance(event, MappingStartEvent) else _sequence)(events, path, found)


def _sequence(events: Iterator[Any], path: Path, found: Study) -> list[Any]:
    items: list[Any] = []
    for event in events:
        if isinstance(event, SequenceEndEvent):
            break
        items.append(_value(event, events, (*path, len(items)), found))
    return items


def _mapping(events: Iterator[Any], path: Path, found: Study) -> dict[str, Any]:
    items: dict[str, Any] = {}
    for event in events:
        if isinstance(event, MappingEndEvent):
            break
        key, spot = _key(event, events, path, found), _spot(event)
        inner = next(events, None)
        if inner is None:
            break
        if key is None or key in items:
            if key is not None:
                first = found.keys[path + (key,)]  # noqa: RUF005 - Python 3.10 takes no star in an index
                found.faults.append((spot, "duplicate-key", {"key": key, "line": first.line}))
            _value(inner, events, (*path, "", spot.line, spot.column), found)
            continue
        here = (*path, key)
        found.keys[here] = spot
        items[key] = _value(inner, events, here, found)
    return items


def _key(event: Any, events: Iterator[Any], path: Path, found: Study) -> str | None:
    value = _value(event, events, (*path, "", "key"), found)
    if value == "<<":
        found.faults.append((_spot(event), "merge-key", {}))
        return None
    if not isinstance(value, str):
        if not isinstance(event, AliasEvent):
            found.faults.append((_spot(event), "key-not-text", {}))
        return None
    return value
