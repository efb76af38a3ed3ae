"""A plan for people and for machines: a tree of lines, or plain JSON data.

Both are deterministic; golden files and pull requests are made of them. Knows no command line and no colour.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from .carriers import Choice
from .limits import limits
from .objects import Object, Ref, Secret, Text
from .plan import Plan
from .spec.clear_text import masked
from .wording import because, carried, said


def tree(plan: Plan, lang: str = "en") -> list[str]:
    """Every flow with its conditions, carriers and reasons, then what the stack holds besides."""
    series = {flow.flow: len(flow.series) for flow in plan.settings.flows}
    lines = [f"{masked(plan.stack.prefix)} · {masked(plan.stack.region)} · {plan.stack.account_id}"]
    for flow, choices in plan.choices.items():
        lines += ["", f"{flow} · {_series(series[flow], lang)} · {plan.slices[flow]}", *_branches(choices, lang)]
    lines += ["", _counted(plan.objects, lang)]
    return lines + [f"! {warning}" for warning in _warnings(plan)]


def _warnings(plan: Plan) -> list[str]:
    """What the plan says of itself, then each limit that it is beyond."""
    return [*plan.warnings, *(row.says for row in limits(plan) if row.exceeded)]


def _series(count: int, lang: str) -> str:
    return f"{count} 条 CMS 时间线" if lang == "zh" else f"{count} CMS series"


def _branches(choices: Sequence[Choice], lang: str) -> list[str]:
    lines = []
    for place, one in enumerate(choices):
        share = one.share
        last = place == len(choices) - 1
        lines.append(
            f"{'└─' if last else '├─'} {share.condition.alarm}  {said(share, lang)} → {', '.join(share.groups)}"
        )
        lines.append(f"{'  ' if last else '│ '}    {carried(one.by, lang)}: {because(one.reason, lang)}")
    return lines


def _counted(objects: Iterable[Object], lang: str) -> str:
    counts = Counter(type(one).__name__ for one in objects)
    total = f"{sum(counts.values())} 个对象" if lang == "zh" else f"{sum(counts.values())} objects"
    return f"{total}: " + ", ".join(f"{count} {name}" for name, count in counts.items())


def as_json(plan: Plan) -> dict[str, Any]:
    """The whole plan as JSON data: secrets by name, references by key."""
    where = {"name": masked(plan.stack.prefix), "account": plan.stack.account_id, "region": masked(plan.stack.region)}
    return {
        "stack": where,
        "flows": {flow: flow_json(plan, flow) for flow in plan.slices},
        "shared": {"slice": plan.shared, "objects": [_object(one) for one in plan.objects if one.flow is None]},
        "warnings": _warnings(plan),
    }


def flow_json(plan: Plan, flow: str) -> dict[str, Any]:
    """One flow's part of the plan as JSON data."""
    return {
        "slice": plan.slices[flow],
        "rules": [_choice(one) for one in plan.choices[flow]],
        "series": [one.metric for each in plan.settings.flows if each.flow == flow for one in each.series],
        "objects": [_object(one) for one in plan.objects if one.flow == flow],
    }


def _choice(one: Choice) -> dict[str, Any]:
    share = one.share
    return {
        "alarm": share.condition.alarm,
        "says": said(share),
        "groups": list(share.groups),
        "carrier": one.by.value,
        "reason": one.reason.value,
    }


def _object(one: Object) -> dict[str, Any]:
    fields = {name: _value(getattr(one, name)) for name in one.__dataclass_fields__ if name != "flow"}
    if "charts" in fields:
        fields["charts"] = json.loads(fields["charts"])
    return {"type": type(one).__name__, **fields}


def _value(value: Any) -> Any:
    if isinstance(value, Ref):
        return {"ref": value.object, "attribute": value.attribute}
    if isinstance(value, Secret):
        return {"secret": value.name}
    if isinstance(value, Text):
        return {"text": [_value(part) for part in value.parts]}
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _value(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
