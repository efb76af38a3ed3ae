"""The quickest reading: files in the plain style of specs, a block at a time, without libyaml.

A block is a top-level key with all that is below it. Most flows of a fleet differ in few blocks, so blocks are
remembered by their text, and files that say the same share one value.
Whatever is not surely plain (quotes, lists of maps, anchors, odd indentation, control characters) makes it give up,
and libyaml reads the file instead. A test holds both readings against each other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .scalars import WORDS, plain_value

_FIRST = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`~=.+<]"
_INSIDE = rf"{_FIRST}[^:#?,\[\]{{}}]*(?:(?:(?<! )\#|:(?=[^\s,?\[\]{{}}]))[^:#?,\[\]{{}}]*)*"
_ON_LINE = rf"{_FIRST}[^:#]*(?:(?:(?<! )\#|:(?=\S))[^:#]*)*"
_KEY = "[A-Za-z_][A-Za-z0-9_-]{0,63}"
_LINE = re.compile(rf"( *)({_KEY}):(?: +(?:(\{{.*\}}|\[.*\])|({_ON_LINE}))?)?(?: +#.*)? *\Z").match
_ITEM = re.compile(rf"( *)- +({_ON_LINE})(?: +#.*)? *\Z").match
_NOTHING = re.compile(r" *(?:#.*)?\Z").match
_TOKEN = re.compile(rf" *(?:([{{}}\[\],])|({_KEY}):(?= )|({_INSIDE}))").match
_BLOCKS = re.compile(r"[^\n]+(?:\n(?![A-Za-z_])[^\n]*)*").findall
_DEEPEST = 8


class NotPlain(Exception):  # noqa: N818 - it says that another reader is needed
    """The text is not in the plain style."""


def read_plain(text: str) -> dict[str, Any]:
    """The tree of a plain text; never to be changed, for texts that say the same share branches. Raises NotPlain."""
    root: dict[str, Any] = {}
    for block in _BLOCKS(text):
        for key, value in _block(block):
            if key in root:
                raise NotPlain
            root[key] = value
    if not root:
        raise NotPlain
    return root


@lru_cache(maxsize=4096)
def _block(text: str) -> tuple[tuple[str, Any], ...]:
    """The top-level key of a block and its value; nothing for a block of comments."""
    root: dict[str, Any] = {}
    top, indent, opened = root, 0, ""
    above: list[tuple[dict[str, Any], int]] = []
    items: list[Any] = []
    dash = -1
    for line in text.split("\n"):
        if not line.isprintable():
            raise NotPlain
        match = _LINE(line)
        if match is None:
            if _NOTHING(line):
                continue
            here, item = _item(line)
            if opened and here >= indent:
                items = top[opened] = []
                dash, opened = here, ""
            if here != dash:
                raise NotPlain
            items.append(item)
            continue
        spaces, key, braces, word = match.groups()
        here, dash = len(spaces), -1
        if opened and here > indent:
            above.append((top, indent))
            child: dict[str, Any] = {}
            top[opened] = child
            top, indent = child, here
        while here < indent:
            top, indent = above.pop()
        if here != indent or key in top or key in WORDS or len(above) > _DEEPEST:
            raise NotPlain
        opened = "" if braces or word else key
        top[key] = plain_value(word.rstrip(" ")) if word else _flow(braces) if braces else None
    return tuple(root.items())


def _item(line: str) -> tuple[int, Any]:
    match = _ITEM(line)
    if match is None:
        raise NotPlain
    return len(match.group(1)), plain_value(match.group(2).rstrip(" "))


@lru_cache(maxsize=2048)
def _flow(text: str) -> Any:
    """The value of `{…}` or `[…]` on one line; many flows say the same, so it is remembered."""
    value, end = _value(text, 0, 0)
    if text[end:].strip(" "):
        raise NotPlain
    return value


def _token(text: str, at: int) -> re.Match[str]:
    match = _TOKEN(text, at)
    if match is None:
        raise NotPlain
    return match


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    match = _token(text, at)
    mark, key, word = match.groups()
    if word:
        return plain_value(word.rstrip(" ")), match.end()
    if key or depth > _DEEPEST or mark not in ("{", "["):
        raise NotPlain
    return (_mapping if mark == "{" else _list)(text, match.end(), depth + 1)


def _mapping(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    items: dict[str, Any] = {}
    mark = ","
    while mark == ",":
        match = _token(text, at)
        key = match.group(2)
        if not key or key in items or key in WORDS:
            raise NotPlain
        items[key], at = _value(text, match.end(), depth)
        mark, at = _mark(text, at)
    if mark != "}":
        raise NotPlain
    return items, at


def _list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    mark = ","
    while mark == ",":
        item, at = _value(text, at, depth)
        if type(item) in (dict, list):
            raise NotPlain
        items.append(item)
        mark, at = _mark(text, at)
    if mark != "]":
        raise NotPlain
    return items, at


def _mark(text: str, at: int) -> tuple[str, int]:
    match = _token(text, at)
    return match.group(1) or "", match.end()
