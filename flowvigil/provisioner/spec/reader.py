"""YAML text to plain data, strictly: what a spec never needs is refused, with its line and column.

`read` is quick and only says that something is wrong; `study` then reads the same text slowly and says what.
Knows nothing of the language.
"""

from __future__ import annotations

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

from .plain import NotPlain, read_plain
from .scalars import plain_value

LARGEST = 1_000_000
DEEPEST = 24

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_KEY = object()
_ENDS = (MappingEndEvent, SequenceEndEvent)


class Unclean(ValueError):  # noqa: N818 - it is no error of ours
    """The text is not strict YAML; `study` says why and where."""


def read(data: bytes) -> Any:
    """The tree of one file, never to be changed: files may share branches. Raises Unclean."""
    if len(data) > LARGEST or b"\t" in data or data.startswith(b"\xef\xbb\xbf"):
        raise Unclean
    try:
        return read_plain(data.decode())
    except NotPlain:
        return read_events(data)
    except UnicodeDecodeError as error:
        raise Unclean from error


def read_events(data: bytes) -> Any:
    """The same from libyaml's events: every form of YAML that is allowed at all. Raises Unclean."""
    try:
        return _tree(LOADER(data))
    except yaml.YAMLError as error:
        raise Unclean from error


def _tree(loader: Any) -> Any:
    root: Any = None
    stack: list[Any] = []
    top: Any = None
    key: Any = _NO_KEY
    documents = 0
    while (event := loader.get_event()) is not None:
        kind = type(event)
        if kind in _ENDS:
            top, key = stack.pop()
        elif kind is ScalarEvent or kind is MappingStartEvent or kind is SequenceStartEvent:
            value = _started(event, kind, len(stack))
            if top is None:
                root = value
            elif type(top) is list:
                top.append(value)
            elif key is _NO_KEY:
                key = _fresh_key(value, top)
                continue
            else:
                top[key], key = value, _NO_KEY
            if kind is not ScalarEvent:
                stack.append((top, key))
                top, key = value, _NO_KEY
        else:
            documents += kind is DocumentStartEvent
            if kind is AliasEvent or documents > 1:
                raise Unclean
    return root


def _started(event: Any, kind: type, depth: int) -> Any:
    if event.tag is not None or event.anchor is not None or depth > DEEPEST:
        raise Unclean
    if kind is ScalarEvent:
        return plain_value(event.value) if event.implicit[0] else event.value
    return {} if kind is MappingStartEvent else []


def _fresh_key(value: Any, top: dict[str, Any]) -> str:
    if type(value) is not str or value in top or value == "<<":
        raise Unclean
    return value
