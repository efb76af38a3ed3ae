"""Formulas as alarm expressions and alert conditions have them: arithmetic, comparisons, texts, logic.

What a name stands for is up to the reader's `operand`. Sources: CloudMonitor's page on alert rule expressions, 470937,
and Log Service's page on evaluate expressions. A value that is missing makes a comparison unknown, which is neither
true nor false; `&&` and `||` say what is known all the same.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

Value = Any
"""A number, text, bool, list, or None for what is missing."""
Node = Callable[[Any], Value]
DEEPEST, MOST_OPERATORS = 50, 200

_TOKEN = re.compile(
    r"""\s*((?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|"""
    r"""\*\*|&&|\|\||[<>=!]=|=~|!~|[-+*/%<>!?:()\[\]{},.@$]|[^\W\d]\w*)"""
)
_WORDS = {"and": "&&", "or": "||", "not": "!"}
BINDING = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "=~": 3, "!~": 3, "matches": 3,
    "contains": 3, "startsWith": 3, "endsWith": 3, "in": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "**": 6,
}  # fmt: skip
CONSTANTS = {"true": True, "false": False, "nil": None}


class FormulaError(ValueError):
    """A formula that is not understood; the message names the place."""


class Reader:
    """Reads one formula. `operand(reader, sign)` gives the node of a name or sign that is no constant or operator."""

    def __init__(self, text: str, operand: Callable[[Reader, str], Node]) -> None:
        self.text, self.at, self.operand = text, 0, operand
        self.depth = self.operators = 0

    def whole(self) -> Node:
        """The node of the whole text; FormulaError when it is not one formula."""
        node = self.choice()
        if self.peek():
            raise self.wrong()
        return node

    def peek(self) -> str:
        """The next sign, "" at the end; `and`, `or` and `not` are given as signs."""
        found = self._match()
        return _WORDS.get(found[1], found[1]) if found else ""

    def _match(self) -> re.Match[str] | None:
        found = _TOKEN.match(self.text, self.at)
        if found is None and self.text[self.at :].strip():
            raise self.wrong()
        return found

    def take(self) -> str:
        sign, found = self.peek(), self._match()
        if found is None:
            raise FormulaError(f"the expression ends too early: {self.text!r}")
        self.at = found.end()
        return sign

    def next(self, wanted: str) -> bool:
        """Take a sign if it is this one."""
        return self.peek() == wanted and bool(self.take())

    def must(self, wanted: str) -> None:
        if not self.next(wanted):
            raise FormulaError(f"{wanted!r} is expected at {self.text[self.at :][:20]!r} of {self.text!r}")

    def wrong(self) -> FormulaError:
        return FormulaError(f"{self.text[self.at :].strip()[:20]!r} is not expected in {self.text!r}")

    def choice(self) -> Node:
        """`condition ? this : that`, or no more than a condition."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError(f"an expression is nested at most {DEEPEST} deep")
        node = self._binary(0)
        if self.next("?"):
            this = self.choice()
            self.must(":")
            node = _chosen(node, this, self.choice())
        self.depth -= 1
        return node

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while True:
            sign, negated = self._sign()
            binding = BINDING.get(sign, 0)
            if binding <= least:
                return left
            self._count()
            for _ in range(1 + negated):
                self.take()
            right = self._binary(binding - (sign == "**"))
            left = _joined(sign, left, right)
            left = _negated(left) if negated else left

    def _count(self) -> None:
        """Each operator is a level of what is read and judged by recursion."""
        self.operators += 1
        if self.operators > MOST_OPERATORS:
            raise FormulaError(f"an expression has at most {MOST_OPERATORS} operators")

    def _sign(self) -> tuple[str, bool]:
        """The operator that follows; `not in` is one."""
        sign = self.peek()
        if sign != "!":
            return sign, False
        before = self.at
        self.take()
        follows, self.at = self.peek(), before
        return (follows, True) if follows == "in" else ("", False)

    def _unary(self) -> Node:
        sign = self.take()
        if sign == "!":
            self._count()
            return _negated(self._unary())
        if sign == "-":
            self._count()
            inner = self._binary(BINDING["*"])
            return lambda env: _arithmetic(operator.mul, -1, inner(env))
        if sign == "(":
            node = self.choice()
            self.must(")")
            return node
        return self._plain(sign)

    def _plain(self, sign: str) -> Node:
        if sign[0] in "'\"":
            text = re.sub(r"\\(.)", r"\1", sign[1:-1])
            return lambda _env: text
        if sign[0].isdigit() or (sign[0] == "." and len(sign) > 1):
            number = float(sign.replace("_", ""))
            return lambda _env: number
        if sign in CONSTANTS:
            return lambda _env: CONSTANTS[sign]
        return self.operand(self, sign)

    def items(self, closing: str) -> list[Node]:
        """Nodes up to a closing bracket, with commas between them."""
        found: list[Node] = []
        while not self.next(closing):
            if found:
                self.must(",")
            found.append(self.choice())
        return found


def _chosen(condition: Node, this: Node, that: Node) -> Node:
    def choose(env: Any) -> Value:
        held = condition(env)
        return None if held is None else (this if held is True else that)(env)

    return choose


def _negated(inner: Node) -> Node:
    def negate(env: Any) -> Value:
        value = inner(env)
        return None if value is None else value is not True

    return negate


def _joined(sign: str, left: Node, right: Node) -> Node:
    if sign in ("&&", "||"):
        return _logic(left, right, decisive=sign == "||")
    if sign in ARITHMETIC:
        return lambda env: _arithmetic(ARITHMETIC[sign], left(env), right(env))
    if sign in COMPARED:
        return lambda env: _compared(COMPARED[sign], left(env), right(env))
    return lambda env: _text(sign, left(env), right(env))


def _logic(left: Node, right: Node, *, decisive: bool) -> Node:
    def join(env: Any) -> Value:
        values = [None if value is None else value is True for value in (left(env), right(env))]
        if decisive in values:
            return decisive
        return None if None in values else not decisive

    return join


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
    "**": operator.pow,
}  # fmt: skip
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def number(value: Value) -> float | None:
    """A value as a number; None for what is none."""
    try:
        return None if isinstance(value, (bool, list)) else float(value)
    except (TypeError, ValueError):
        return None


def _arithmetic(apply: Callable[[float, float], float], left: Value, right: Value) -> Value:
    a, b = number(left), number(right)
    try:
        found = None if a is None or b is None else apply(a, b)
    except (ZeroDivisionError, OverflowError):
        return None
    return None if isinstance(found, complex) else found


def _compared(apply: Callable[[Any, Any], bool], left: Value, right: Value) -> Value:
    """As numbers if both are, as texts if neither side is a number by itself, else unknown."""
    if left is None or right is None:
        return None
    if isinstance(left, bool) and isinstance(right, bool):
        return apply(left, right)
    a, b = number(left), number(right)
    if a is not None and b is not None:
        return apply(a, b)
    return apply(left, right) if isinstance(left, str) and isinstance(right, str) else None


def _text(sign: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if sign == "in":
        return any(_compared(operator.eq, left, one) for one in right) if isinstance(right, list) else None
    a, b = str(left), str(right)
    if sign in ("matches", "=~", "!~"):
        try:
            return (re.search(b, a) is None) == (sign == "!~")
        except re.error:
            return None
    return {"contains": b in a, "startsWith": a.startswith(b), "endsWith": a.endswith(b)}[sign]
