"""What is wrong with a spec, as data: where, what, and what would be right, in English and Chinese.

Knows nothing of how problems are found or of terminals.
"""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple["str | int", ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem before its place is looked up. `path` leads to a key or value of `file`'s tree.

    `at` says what to point at: the `key`, its `value`, or the `file` as a whole.
    """

    file: str
    path: Path
    id: str
    values: tuple[tuple[str, object], ...] = ()
    at: str = "value"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding about a spec. `file` is the path as whoever named the folder would write it; lines count from 1.

    `width` is the number of characters at fault, `right` what surely belongs there instead, where that is known.
    `fix` is what would be right, in both languages, or empty.
    """

    file: str
    line: int
    column: int
    path: str
    id: str
    message_en: str
    message_zh: str
    fix_en: str = ""
    fix_zh: str = ""
    width: int = 1
    right: str = ""

    def message(self, lang: str = "en") -> str:
        """What is wrong, and after a semicolon what would be right."""
        what, fix = (self.message_zh, self.fix_zh) if lang == "zh" else (self.message_en, self.fix_en)
        if not fix:
            return what
        return f"{what}；{fix}" if lang == "zh" else f"{what}; {fix}"

    @property
    def fix(self) -> str:
        """What would be right, in English."""
        return self.fix_en

    def text(self, lang: str = "en") -> str:
        """The whole line, as editors and terminals make it clickable."""
        return f"{self.file}:{self.line}:{self.column}: {self.message(lang)}"

    def __str__(self) -> str:
        return self.text()


class SpecError(ValueError):
    """The specs cannot be used; `problems` holds all that is wrong with all files, by file and line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
