"""Comments that speak to us: `# flowvigil: …`, with their places. Only files that hold the word are looked through."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from .reader import LOADER

MARK = b"flowvigil:"
_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*flowvigil:[ ]*(.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment. `text` is what follows the mark; `target` is the line it speaks of: its own, or the next with
    something on it if it stands alone. Lines and columns count from 1.
    """

    line: int
    column: int
    width: int
    text: str
    target: int
    alone: bool


def remarks(data: bytes) -> list[Remark]:
    """All of them, in order; words inside of texts are none."""
    if MARK not in data:
        return []
    lines = data.decode(errors="replace").split("\n")
    texts = _texts(data)
    found = []
    for number, line in enumerate(lines):
        match = _COMMENT.search(line)
        if match and not any(start <= (number, match.start()) < end for start, end in texts):
            alone = not line[: match.start()].strip()
            target = _next(lines, number) if alone else number
            width = match.end() - match.start()
            found.append(Remark(number + 1, match.start() + 1, width, match[1], target + 1, alone))
    return found


def _next(lines: list[str], number: int) -> int:
    for later in range(number + 1, len(lines)):
        if lines[later].strip() and not lines[later].lstrip().startswith("#"):
            return later
    return number


def _texts(data: bytes) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Start and end of every scalar as (line, column) from 0, up to the first fault."""
    found = []
    try:
        loader = LOADER(data)
        while (event := loader.get_event()) is not None:
            if isinstance(event, yaml.ScalarEvent):
                start: Any = event.start_mark
                end: Any = event.end_mark
                found.append(((start.line, start.column), (end.line, end.column)))
    except yaml.YAMLError:
        pass
    return found
