"""Division of whole numbers, which leaves no fraction in Presto and does in DuckDB: tells which operands are whole."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from flowvigil.emulator.querying.fields import Index

THROUGH = (
    exp.Paren, exp.Neg, exp.Sum, exp.Min, exp.Max, exp.AnyValue, exp.Abs, exp.Coalesce, exp.Nullif, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.Window,
)  # fmt: skip
"""Whole when their first operand is."""


def whole_divisions(tree: exp.Expr, index: Index) -> exp.Expr:
    """The tree with every division of two whole numbers made one without fraction."""
    known = {field.name.lower(): field.type == "long" for field in index.fields}
    for alias in tree.find_all(exp.Alias):
        known.setdefault(alias.alias.lower(), _whole(alias.this, known))
    for division in list(tree.find_all(exp.Div)):
        if _whole(division.this, known) and _whole(division.expression, known):
            division.replace(exp.IntDiv(this=division.this, expression=division.expression))
    return tree


def _whole(node: object, known: Mapping[str, bool]) -> bool:
    if isinstance(node, exp.Literal):
        return bool(node.is_int)
    if isinstance(node, exp.Column):
        return known.get(node.name.lower(), False)
    if isinstance(node, exp.Cast):
        return node.to.this in exp.DataType.INTEGER_TYPES
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Div)):
        return _whole(node.this, known) and _whole(node.expression, known)
    return isinstance(node, (exp.Count, exp.CountIf, exp.Length)) or (
        isinstance(node, THROUGH) and _whole(node.this, known)
    )
