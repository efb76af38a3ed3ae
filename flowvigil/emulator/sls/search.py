"""The search half of an SLS query as a condition on one line: words, fields, phrases, ranges, and, or, not."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from flowvigil.emulator.sls.errors import invalid

Line = dict[str, str]
Condition = Callable[[Line], bool]

_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|>=|<=|>|<|=|[():\[\]]|[^\s():\[\]<>="]+)')
_WORDS = re.compile(r"[^\s,'\";=()\[\]{}?@&<>/:|]+")
_NUMERIC: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
}


def search(text: str) -> Condition:
    """The condition of a search text; `*` and nothing match every line. CloudError for what is not understood."""
    reader = _Reader(_tokens(text))
    if not reader.rest:
        return lambda _line: True
    condition = reader.either()
    if reader.rest:
        raise invalid(f"ParseError: {reader.rest[0]!r} is not expected in the search {text!r}")
    return condition


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise invalid(f"ParseError: the search cannot be read from {text[at:][:20]!r}")
        found.append(match.group(1))
        at = match.end()
    return found


class _Reader:
    """A recursive descent over `either := both (or both)*`, `both := one (and? one)*`."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def either(self) -> Condition:
        parts = [self.both()]
        while self._next("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else lambda line: any(part(line) for part in parts)

    def both(self) -> Condition:
        parts = [self.one()]
        while self.rest and self.rest[0] != ")" and self.rest[0].lower() != "or":
            self._next("and")
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else lambda line: all(part(line) for part in parts)

    def one(self) -> Condition:
        if self._next("not"):
            inner = self.one()
            return lambda line: not inner(line)
        if self._next("("):
            inner = self.either()
            if not self._next(")"):
                raise invalid("ParseError: a closing bracket is missing")
            return inner
        word = self._take()
        if self._next(":"):
            return self._field(_plain(word))
        if self.rest and self.rest[0] in _NUMERIC:
            return self._compare(_plain(word))
        return _anywhere(word)

    def _field(self, name: str) -> Condition:
        if self._next("("):
            inner = self.either_in(name)
            if not self._next(")"):
                raise invalid("ParseError: a closing bracket is missing")
            return inner
        if self.rest and self.rest[0] in _NUMERIC:
            return self._compare(name)
        return _in_field(name, self._take())

    def either_in(self, name: str) -> Condition:
        """`name: (a or b)`."""
        parts = [_in_field(name, self._take())]
        while self._next("or"):
            parts.append(_in_field(name, self._take()))
        return lambda line: any(part(line) for part in parts)

    def _compare(self, name: str) -> Condition:
        operator, text = _NUMERIC[self._take()], self._take()
        try:
            limit = float(text)
        except ValueError:
            raise invalid(f"ParseError: {name} is compared with {text!r}, which is no number") from None
        return lambda line: _number(line.get(name), lambda value: operator(value, limit))

    def _next(self, wanted: str) -> bool:
        if self.rest and self.rest[0].lower() == wanted:
            self.rest = self.rest[1:]
            return True
        return False

    def _take(self) -> str:
        if not self.rest or self.rest[0] in (")", "]", ":"):
            raise invalid("ParseError: the search ends too early")
        word, self.rest = self.rest[0], self.rest[1:]
        return word


def _number(text: str | None, test: Callable[[float], bool]) -> bool:
    try:
        return text is not None and test(float(text))
    except ValueError:
        return False


def _plain(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word


def _anywhere(word: str) -> Condition:
    if word == "*":
        return lambda _line: True
    return lambda line: any(_has(value, word) for value in line.values())


def _in_field(name: str, word: str) -> Condition:
    if word == "*":
        return lambda line: bool(line.get(name))
    return lambda line: name in line and _has(line[name], word)


def _has(value: str, word: str) -> bool:
    """Whether the words of `word` stand in a row among the words of `value`, without regard to capitals."""
    wanted = _WORDS.findall(_plain(word).lower())
    present = _WORDS.findall(value.lower())
    last = len(present) - len(wanted)
    return bool(wanted) and any(
        all(fnmatchcase(present[start + n], one) for n, one in enumerate(wanted)) for start in range(last + 1)
    )
