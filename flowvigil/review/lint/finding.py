"""One finding of lint: where, which check, how grave, what it says. Its texts are safe to print anywhere.

Knows nothing of how findings are made or shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowvigil.provisioner.spec import Place, Problem, masked

from .check import Check, Grade

_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """Lines and columns count from 1; `width` is the number of characters at fault, `path` the keys that lead there.

    `name` is the file within its folder, `keys` the path unjoined. `right` is what may safely stand there instead.
    """

    file: str
    line: int
    column: int
    id: str
    path: str
    grade: Grade
    message_en: str
    message_zh: str
    fix_en: str
    fix_zh: str
    width: int = 1
    name: str = ""
    right: str = ""

    def message(self, lang: str = "en") -> str:
        """What is wrong."""
        return self.message_zh if lang == "zh" else self.message_en

    def fix(self, lang: str = "en") -> str:
        """What would be right."""
        return self.fix_zh if lang == "zh" else self.fix_en

    def text(self, lang: str = "en") -> str:
        """The whole line: place, what is wrong, what would be right, grade and check."""
        said = self.message(lang)
        if self.fix(lang):
            said = f"{said}；{self.fix(lang)}" if lang == "zh" else f"{said}; {self.fix(lang)}"
        mark = "" if self.grade is Grade.ERROR else f"{self.grade.value}: "
        return f"{visible(self.file)}:{self.line}:{self.column}: {mark}{said} ({self.id})"


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By file, place and check."""
    return sorted(findings, key=lambda one: (one.file, one.line, one.column, one.id))


def visible(text: str) -> str:
    """The text without anything that moves a cursor, colours, hides or turns the direction of what follows."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or unicodedata.category(one) == "Zs" else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def of_problem(problem: Problem, id_: str) -> Finding:
    """What the reading found, as an error."""
    texts = (problem.message_en, problem.message_zh, problem.fix_en, problem.fix_zh)
    english, chinese, fix_en, fix_zh = (visible(text) for text in texts)
    return Finding(
        problem.file, problem.line, problem.column, id_, visible(problem.path), Grade.ERROR,
        english, chinese, fix_en, fix_zh, width=problem.width, right=problem.right,
    )  # fmt: skip


def of_check(one: Check, place: Place, values: Mapping[str, object], right: str = "") -> Finding:
    """What a check found."""
    shown = {key: _shown(value) for key, value in values.items()}
    english, chinese, fix_en, fix_zh = (text.format(**shown) for text in (*one.says, *one.fix))
    path = visible(".".join(map(str, place.path)))
    return Finding(
        place.file, place.line, place.column, one.id, path, one.grade, english, chinese, fix_en, fix_zh,
        width=place.width, name=place.name, right=right if place.exact else "",
    )  # fmt: skip


def _shown(value: object) -> str:
    """A value as sentences hold it: secrets masked, nothing that could act on a terminal, never endless."""
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    text = visible(masked(text))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
