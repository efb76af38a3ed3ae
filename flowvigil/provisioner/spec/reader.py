"""YAML text to plain data, strictly: what a spec never needs is refused, with its line and column.

`read` is quick and only says that something is wrong; `study` then reads the same text slowly and says what.
Knows nothing of the language.
"""

from __future__ import annotations

import re
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

LARGEST = 1_000_000
DEEPEST = 24

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?\Z").match
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_NO_KEY = object()


class Unclean(ValueError):  # noqa: N818 - it is no error of ours
    """The text is not strict YAML; `study` says why and where."""


def scalar(event: Any) -> object:
    """JSON's reading of a plain word; everything else, `yes`, `012` and dates too, stays text."""
    text = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER(text)
    if number is None:
        return text
    return float(text) if number.lastindex else int(text)


def read(data: bytes) -> Any:
    """The tree of one file. Raises Unclean."""
    if len(data) > LARGEST or b"\t" in data or data.startswith(b"\xef\xbb\xbf"):
        raise Unclean
    try:
        data.decode()
        return _tree(LOADER(data))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise Unclean from error


def _tree(loader: Any) -> Any:  # noqa: C901, PLR0912 - one flat loop is what makes reading quick
    root: Any = None
    documents = 0
    stack: list[Any] = []
    top: Any = None
    key: Any = _NO_KEY
    get, words, number = loader.get_event, _WORDS, _NUMBER
    while (event := get()) is not None:
        kind = type(event)
        if kind is ScalarEvent:
            value = event.value
            if event.tag is not None or event.anchor is not None:
                raise Unclean
            if event.implicit[0]:
                if value in words:
                    value = words[value]
                elif value[0] in "-0123456789" and (match := number(value)):
                    value = float(value) if match.lastindex else int(value)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if event.tag is not None or event.anchor is not None or len(stack) > DEEPEST:
                raise Unclean
            value = {} if kind is MappingStartEvent else []
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            top, key = stack.pop()
            continue
        else:
            documents += kind is DocumentStartEvent
            if kind is AliasEvent or documents > 1:
                raise Unclean
            continue
        if top is None:
            root = value
        elif type(top) is list:
            top.append(value)
        elif key is _NO_KEY:
            if type(value) is not str or value in top or value == "<<":
                raise Unclean
            key = value
            continue
        else:
            top[key] = value
            key = _NO_KEY
        if kind is not ScalarEvent:
            stack.append((top, key))
            top, key = value, _NO_KEY
    return root
