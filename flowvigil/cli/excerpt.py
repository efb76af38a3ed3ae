"""The source line that a problem points at, with carets below; secrets in it are masked. Reads the file again."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from flowvigil.provisioner.spec import masked
from flowvigil.review.lint import Finding

_WIDEST = 160
_UNREAD = ("spec/outside", "spec/unreadable", "spec/too-large")
"""Problems of files that were not read; a link may lead to anything on the machine, which a log must not show."""


def excerpt(problem: Finding, *, colour: bool) -> list[str]:
    """Two lines, or none if the file cannot be shown."""
    if problem.id in _UNREAD:
        return []
    try:
        lines = Path(problem.file).read_bytes().decode(errors="replace").split("\n")
    except OSError:
        return []
    if problem.line > len(lines) or not lines[problem.line - 1].strip():
        return []
    text = masked(lines[problem.line - 1]).replace("\t", " ").rstrip()
    if len(text) > _WIDEST:
        return []
    before, at_fault = text[: problem.column - 1], text[problem.column - 1 :][: problem.width]
    carets = "^" * max(1, _columns(at_fault))
    margin = f"{problem.line:5} | "
    painted = f"\033[31m{carets}\033[0m" if colour else carets
    return [margin + _printable(text), " " * 5 + " | " + " " * _columns(before) + painted]


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "�" for one in text)


def _columns(text: str) -> int:
    """Width on a terminal: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
