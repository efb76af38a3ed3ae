"""What a defaults.yaml forbids the flows below it: locked keys, and bounds on values.

Knows nothing of files beyond their names; what is wrong is reported by path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .layers import Layer, Tree, value_at
from .problem import Path
from .report import Report
from .schema import alternative, node
from .values import milliseconds, percent


def number(value: object) -> tuple[str, float] | None:
    """A value's kind and size, so that only like is compared with like."""
    if type(value) is int:
        return "count", value
    if type(value) is not str:
        return None
    ms, rate = milliseconds(value), percent(value)
    if ms is not None:
        return "duration", ms
    return ("rate", rate) if rate is not None else None


def steps(dotted: str) -> Path:
    """`repeat.critical` as a path."""
    return tuple(dotted.split("."))


def leads_somewhere(path: Path) -> bool:
    """Whether the language has such a key."""
    here: dict[str, Any] = node({"$ref": "#/$defs/profile"})
    for key in path:
        inner = here.get("properties", {}).get(key) or here.get("additionalProperties")
        if not inner:
            return False
        here = alternative(inner)
    return True


def checked(tree: Tree, report: Report) -> Tree:
    """One defaults.yaml without the bounds that no value can keep; they, and what leads nowhere, are reported."""
    kept = {}
    for index, dotted in enumerate(tree.get("locked", ())):
        if not leads_somewhere(steps(dotted)):
            report(("locked", index), "no-such-path", value=dotted)
    for dotted, limit in tree.get("bounds", {}).items():
        if not leads_somewhere(steps(dotted)):
            report(("bounds", dotted), "no-such-path", at="key", value=dotted)
        ends = [number(limit[end]) for end in ("min", "max") if end in limit]
        if len(ends) == 2 and ends[0] and ends[1] and (ends[0][0] != ends[1][0] or ends[0][1] > ends[1][1]):
            report(("bounds", dotted, "max"), "empty-bounds", value=limit["max"], low=limit["min"])
        else:
            kept[dotted] = limit
    return {**tree, "bounds": kept} if kept else {key: value for key, value in tree.items() if key != "bounds"}


def judge(layers: Sequence[Layer], whole: Tree, shown: Callable[[str], str], report: Report) -> None:
    """Report every locked key that a later layer changes, and every value out of bounds; `shown` names a file."""
    for place, layer in enumerate(layers):
        if layer.below:
            continue
        keeper = _keeper(shown(layer.file), layer.tree.get("owner"))
        for dotted in layer.tree.get("locked", ()):
            _judge_lock(layers[: place + 1], layers[place + 1 :], steps(dotted), keeper, report)
        for dotted, limit in layer.tree.get("bounds", {}).items():
            _judge_bounds(whole, steps(dotted), limit, keeper, report)


def _keeper(file: str, owner: str | None) -> dict[str, str]:
    """Who set a limit, as messages name them."""
    if owner:
        return {"by": f"{owner} ({file})", "whom": owner, "whom_zh": owner}
    return {"by": file, "whom": f"who keeps {file}", "whom_zh": f"{file} 的维护者"}


def _judge_lock(
    before: Sequence[Layer], after: Sequence[Layer], path: Path, keeper: dict[str, str], report: Report
) -> None:
    kept = next((value for layer in reversed(before) for has, value in [value_at(layer.tree, path)] if has), None)
    for layer in after:
        for length in range(len(path), 0, -1):
            has, value = value_at(layer.tree, path[:length])
            if has and (length == len(path) or value == "none"):
                if value != kept:
                    report(path[:length], "locked", value=value, key=".".join(map(str, path)), **keeper)
                break


def _judge_bounds(whole: Tree, path: Path, limit: dict[str, Any], keeper: dict[str, str], report: Report) -> None:
    has, value = value_at(whole, path)
    size = number(value) if has else None
    if size is None:
        return
    for end, sign in (("min", 1), ("max", -1)):
        bound = number(limit.get(end))
        if bound and bound[0] == size[0] and (bound[1] - size[1]) * sign > 0:
            report(path, f"below-{end}" if end == "min" else "above-max", value=value, bound=limit[end], **keeper)
