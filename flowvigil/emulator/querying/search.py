"""The search half of a query, read into terms: words, fields, phrases, ranges, and, or, not.

The syntax is that of the help pages on search syntax and phrase search: `and` is the default and binds closer than
`or`, quotes keep blanks and keywords within one term, `#"..."` asks for its words in a row. At most 30 terms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Union

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.sls.errors import invalid

MOST_TERMS = 30
OPERATORS = (">=", "<=", "=", ">", "<")
_TOKEN = re.compile(
    r'\s*(#?"(?:[^"\\]|\\.)*"|>=|<=|>|<|=|[():\[\]]|__tag__:[^\s():\[\]<>="]+|(?:\\.|[^\s():\[\]<>="\\])+)'
)
_BAR = re.compile(r'"(?:[^"\\]|\\.)*"|\|', re.DOTALL)


@dataclass(frozen=True)
class Anything:
    """`*`, and no text at all."""


@dataclass(frozen=True)
class Word:
    """A text that must occur in a field, or in any without one; `phrase` asks for its words in a row."""

    field: str | None
    text: str
    phrase: bool = False


@dataclass(frozen=True)
class Exists:
    """`field: *`."""

    field: str


@dataclass(frozen=True)
class Compare:
    """A numeric comparison; `operator` is one of OPERATORS."""

    field: str
    operator: str
    number: float


@dataclass(frozen=True)
class Not:
    term: Term


@dataclass(frozen=True)
class All:
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Any:
    terms: tuple[Term, ...]


Term = Union[Anything, Word, Exists, Compare, Not, All, Any]


def halves(text: str) -> tuple[str, str]:
    """The search and the SQL of a query, which the first bar outside of quotes divides; no SQL is an empty text."""
    for found in _BAR.finditer(text):
        if found.group() == "|":
            return text[: found.start()].strip(), text[found.end() :].strip()
    return text.strip(), ""


def search(text: str) -> Term:
    """The term of a search text; CloudError says what is not understood."""
    reader = _Reader(_tokens(text), text)
    if not reader.rest:
        return Anything()
    term = reader.either(None)
    if reader.rest:
        raise _wrong(f"{reader.rest[0]!r} is not expected in the search {text!r}")
    return term


def _wrong(why: str) -> CloudError:
    return invalid(f"ParseError: {why}")


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong(f"the search cannot be read from {text[at:][:20]!r}")
        found.append(match.group(1))
        at = match.end()
    return found


class _Reader:
    """A recursive descent over `either := both (or both)*`, `both := one (and? one)*`; `field` is that of brackets."""

    def __init__(self, tokens: list[str], text: str) -> None:
        self.rest, self.text, self.terms, self.depth = tokens[::-1], text, 0, 0

    @property
    def head(self) -> str:
        return self.rest[-1] if self.rest else ""

    def either(self, field: str | None) -> Term:
        parts = [self.both(field)]
        while self._next("or"):
            parts.append(self.both(field))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def both(self, field: str | None) -> Term:
        parts = [self.one(field)]
        while self.rest and self.head != ")" and self.head.lower() != "or":
            self._next("and")
            parts.append(self.one(field))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self, field: str | None) -> Term:
        if self._next("not"):
            return Not(self.one(field))
        if self._next("("):
            return self._bracketed(field)
        return self._plain(self._take()) if field is None else self._of_field(field)

    def _plain(self, word: str) -> Term:
        if self._next(":"):
            name = _plain(word)
            return self._bracketed(name) if self._next("(") else self._of_field(name)
        if self.head in OPERATORS:
            return self._compared(_plain(word))
        if self._range_follows():
            return self._ranged(_plain(word))
        return self._counted(Anything() if word == "*" else _word(None, word))

    def _bracketed(self, field: str | None) -> Term:
        self.depth += 1
        if self.depth > MOST_TERMS:
            raise _wrong(f"brackets are nested deeper than {MOST_TERMS}")
        inner = self.either(field)
        self.depth -= 1
        if not self._next(")"):
            raise _wrong(f"a closing bracket is missing in {self.text!r}")
        return inner

    def _of_field(self, name: str) -> Term:
        if self.head in OPERATORS:
            return self._compared(name)
        if self._range_follows():
            return self._ranged(name)
        word = self._take()
        return self._counted(Exists(name) if word == "*" else _word(name, word))

    def _range_follows(self) -> bool:
        return self.head.lower() == "in" and self.rest[-2:-1] in (["["], ["("])

    def _compared(self, name: str) -> Term:
        operator, text = self.rest.pop(), self._take()
        return self._counted(Compare(name, operator, _number(name, text)))

    def _ranged(self, name: str) -> Term:
        """`in [1 10)`: square brackets include their end."""
        self.rest.pop()
        low = ">=" if self.rest.pop() == "[" else ">"
        ends = [_number(name, self._take()) for _ in range(2)]
        if self.head not in ("]", ")"):
            raise _wrong(f"the range of {name} is not closed by ] or )")
        high = "<=" if self.rest.pop() == "]" else "<"
        return self._counted(All((Compare(name, low, ends[0]), Compare(name, high, ends[1]))))

    def _counted(self, term: Term) -> Term:
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise invalid(f"a search has at most {MOST_TERMS} conditions")
        return term

    def _next(self, wanted: str) -> bool:
        if self.head.lower() == wanted:
            self.rest.pop()
            return True
        return False

    def _take(self) -> str:
        if not self.rest or self.head in (")", "]", "[", ":", "or", "and", *OPERATORS):
            raise _wrong(f"the search ends too early: {self.text!r}")
        return self.rest.pop()


def _word(field: str | None, word: str) -> Word:
    return Word(field, _plain(word), phrase=word.startswith('#"'))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _wrong(f"{name} is compared with {text!r}, which is no number") from None


def _plain(word: str) -> str:
    inner = word[1:-1] if word.startswith('"') else word[2:-1] if word.startswith('#"') else word
    return re.sub(r"\\(.)", r"\1", inner)
