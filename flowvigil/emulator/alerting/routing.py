"""Scripts of policies: which notices or sets they ask for. They look like Python and are read, never run.

    if alert.severity >= 10:
        fire(type="webhook_integration", integration_type="dingtalk", webhook_id="robot", template_id="t", period="any")
        stop()

That form is the one of the page on alert resource data and of scripts that the console writes; alert policies have
`fire(...)` with other arguments.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip


WORDS = {"true": True, "false": False}


class RoutingError(ValueError):
    """A script that is not understood; the message names the line and what stands there."""


class _UnknownError(Exception):
    """A construct that is not understood."""

    def __init__(self, node: ast.AST) -> None:
        super().__init__()
        self.line, self.text = getattr(node, "lineno", "?"), ast.unparse(node)[:60]


class _StopHere(Exception):  # noqa: N818 - no error
    """The script said stop()."""


def fires(script: str, alert: Mapping[str, Any], kind: str = "action policy") -> list[dict[str, Any]]:
    """The arguments of every `fire(...)` that the script of a policy of this kind comes to for an alert."""
    try:
        tree = ast.parse(script)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RoutingError(f"the {kind} cannot be read: {error}") from None
    found: list[dict[str, Any]] = []
    try:
        for one in _fires(tree.body, alert):
            found.append(one)  # noqa: PERF402 - what came before a stop() counts
    except _StopHere:
        pass
    except (TypeError, KeyError) as error:
        raise RoutingError(f"the {kind} compares what cannot be compared: {error}") from None
    except _UnknownError as error:
        raise RoutingError(f"line {error.line} of the {kind}: {error.text!r}") from None
    return found


def _fires(body: Sequence[ast.stmt], alert: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in body:
        if isinstance(one, ast.If):
            yield from _fires(one.body if _value(one.test, alert) else one.orelse, alert)
        elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) and isinstance(one.value.func, ast.Name):
            called = one.value
            if called.func.id == "stop":  # type: ignore[attr-defined]
                raise _StopHere
            if called.func.id != "fire":  # type: ignore[attr-defined]
                raise _unknown(one)
            yield {str(part.arg): _value(part.value, alert) for part in called.keywords}
        elif not isinstance(one, ast.Pass):
            raise _unknown(one)


def _unknown(node: ast.AST) -> _UnknownError:
    return _UnknownError(node)


def _value(node: ast.expr, alert: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one line for each kind of node
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(one, alert) for one in node.elts]
    if isinstance(node, ast.Dict):
        return {_value(k, alert): _value(v, alert) for k, v in zip(node.keys, node.values, strict=True) if k}
    if isinstance(node, ast.BoolOp):
        return (all if isinstance(node.op, ast.And) else any)(_value(one, alert) for one in node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand, alert)
    if isinstance(node, ast.Compare):
        return _compared(node, alert)
    return _named(node, alert)


def _named(node: ast.expr, alert: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name) and node.id in WORDS:
        return WORDS[node.id]
    if isinstance(node, ast.Name) and node.id == "alert":
        return alert
    if isinstance(node, ast.Attribute):
        inner = _named(node.value, alert)
        return inner.get(node.attr) if isinstance(inner, Mapping) else None
    if isinstance(node, ast.Subscript):
        inner = _named(node.value, alert)
        return inner.get(_value(node.slice, alert)) if isinstance(inner, Mapping) else None
    raise _unknown(node)


def _compared(node: ast.Compare, alert: Mapping[str, Any]) -> bool:
    left = _value(node.left, alert)
    for sign, right_node in zip(node.ops, node.comparators, strict=True):
        right = _value(right_node, alert)
        if type(sign) not in COMPARED:
            raise _unknown(node)
        if left is None or not COMPARED[type(sign)](left, right):
            return False
        left = right
    return True
