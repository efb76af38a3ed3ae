"""Reads the fenced blocks of a Markdown file, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    text: str


def blocks(path: Path) -> list[Block]:
    return [Block(*found.groups()) for found in _BLOCK.finditer(path.read_text("utf-8"))]


def commands(path: Path) -> list[str]:
    """The lines of all shell blocks."""
    return [line for block in blocks(path) if block.language == "sh" for line in block.text.splitlines()]
