"""Composite expressions: lists of comparisons, and raw text of the form `@metric[60].$Average > 5 && ...`.

Comparisons that are joined by one kind of operator are judged one by one, which long quiet stretches are quick with;
any other text is a formula of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flowvigil.emulator.evaluation.conditions import PLAIN, Condition
from flowvigil.emulator.evaluation.formula import Formula, formula

SYMBOLS = {
    ">=": "GreaterThanOrEqualToThreshold",
    "<=": "LessThanOrEqualToThreshold",
    "!=": "NotEqualToThreshold",
    "==": "EqualToThreshold",
    "=": "EqualToThreshold",
    ">": "GreaterThanThreshold",
    "<": "LessThanThreshold",
}
_COMPARISON = re.compile(
    r"\s*@(?:([A-Za-z]\w*)|\('([^']+)'\))(?:\[(\d+)\])?\.\$(\w+)\s*(>=|<=|!=|==|>|<)\s*(-?\d+(?:\.\d+)?)\s*"
)


def conditions_of(
    expression: Mapping[str, Any], metric: str, period: int
) -> tuple[tuple[Condition | Formula, ...], bool]:
    """The conditions and whether all of them must hold; none when the expression is not understood."""
    raw = str(expression.get("ExpressionRaw") or "")
    if raw:
        plain, every = _raw(raw, period)
        whole = None if plain else formula(raw, metric, period)
        return ((whole,) if whole else plain), every
    found = [_listed(one, period) for one in expression.get("ExpressionList") or [] if isinstance(one, dict)]
    every = str(expression.get("ExpressionListJoin") or "&&") == "&&"
    return (tuple(one for one in found if one) if None not in found else ()), every


def _listed(one: Mapping[str, Any], period: int) -> Condition | None:
    named = str(one.get("ComparisonOperator", ""))
    try:
        threshold, window = float(one["Threshold"]), int(one.get("Period") or period)
    except (KeyError, TypeError, ValueError):
        return None
    statistic = str(one.get("Statistics", "")).lstrip("$")
    return _condition(str(one.get("MetricName", "")), statistic, SYMBOLS.get(named, named), threshold, window)


def _condition(metric: str, statistic: str, named: str, threshold: float, period: int) -> Condition | None:
    known = named in PLAIN or named.endswith(("LastPeriod", "Yesterday", "LastWeek"))
    return Condition(metric, statistic, named, threshold, period) if metric and known and period > 0 else None


def _raw(text: str, period: int) -> tuple[tuple[Condition, ...], bool]:
    every = "||" not in text
    if not every and "&&" in text:
        return (), True
    found = []
    for part in text.split("&&" if every else "||"):
        match = _COMPARISON.fullmatch(part)
        if match is None:
            return (), True
        plain, quoted, window, statistic, symbol, threshold = match.groups()
        one = Condition(plain or quoted, statistic, SYMBOLS[symbol], float(threshold), int(window or period))
        found.append(one)
    return tuple(found), every
