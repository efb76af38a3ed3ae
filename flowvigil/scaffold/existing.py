"""Specs for the alarm rules that an account has on custom metrics already.

The new rules judge the series that flowvigil's reporter sends; the old ones stay until somebody deletes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from .watched import NotSayable, Watched, watched

RESERVED = ("contacts", "defaults")


@dataclass(slots=True)
class Found:
    """Files of a project by path, and why each of the other rules is in none."""

    files: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def specs(rules: Iterable[Mapping[str, Any]]) -> Found:
    """One spec per flow, and the contact groups that they name, referred to and never written."""
    found, flows = Found(), dict[str, list[Watched]]()
    for rule in sorted(rules, key=lambda one: (str(one["RuleName"]), str(one["RuleId"]))):
        one = _said(rule, found.left_out)
        if one:
            flows.setdefault(f"{one.flow}-flow" if one.flow in RESERVED else one.flow, []).append(one)
    found.files = {f"monitors/{flow}.yaml": spec(flow, ones) for flow, ones in sorted(flows.items())}
    groups = {name for ones in flows.values() for one in ones for names in one.groups.values() for name in names}
    if groups:
        found.files["monitors/contacts.yaml"] = _yaml({"groups": {name: {"existing": True} for name in sorted(groups)}})
    return found


def _said(rule: Mapping[str, Any], left_out: list[str]) -> Watched | None:
    try:
        return watched(rule)
    except NotSayable as reason:
        left_out.append(f"{rule['RuleName']}: {reason}")
        return None


def spec(flow: str, ones: list[Watched]) -> str:
    """The text of one flow's spec; what is not exactly as before stands above it as comments."""
    notify, repeat = dict[str, list[str]](), dict[str, str]()
    for one in ones:
        for level, names in one.groups.items():
            notify[level] = sorted({*notify.get(level, []), *names})
            repeat[level] = _repeat(one.repeat_s, repeat.get(level))
    tree = {"flow": flow, "alarms": _alarms(ones), "notify": _ordered(notify), "repeat": _ordered(repeat)}
    return "".join(f"# {line}\n" for line in _comments(ones, notify, repeat)) + _yaml(tree)


def _alarms(ones: list[Watched]) -> dict[str, Any]:
    alarms: dict[str, Any] = {}
    for one in ones:
        name = one.signal if one.signal not in alarms else f"{one.signal}_{len(alarms) + 1}"
        alarms[name] = one.alarm if name == one.signal else {"signal": one.signal, **one.alarm}
    return alarms


def _comments(ones: list[Watched], notify: Mapping[str, list[str]], repeat: Mapping[str, str]) -> Iterable[str]:
    yield f"Taken from {len(ones)} alarm rules of the account, which stay until somebody deletes them."
    for one in ones:
        remarks = list(one.remarks)
        if any(sorted(names) != notify[level] for level, names in one.groups.items()):
            remarks.append("the flow's rules notify different groups; all of them are named")
        if any(_repeat(one.repeat_s, None) != repeat[level] for level in one.groups):
            remarks.append("the flow's rules repeat at different times; the shortest is taken")
        yield from (f"{one.rule}: {remark}" for remark in remarks)


def _repeat(seconds: int, shortest: str | None) -> str:
    """Whole minutes, the shorter of two."""
    minutes = seconds // 60
    return f"{min(minutes, int(shortest[:-1]) if shortest else minutes)}m"


def _ordered(by_level: Mapping[str, Any]) -> dict[str, Any]:
    return {level: by_level[level] for level in ("critical", "warning", "info") if level in by_level}


def _yaml(tree: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(dict(tree), allow_unicode=True, sort_keys=False, default_flow_style=None, width=110)
    return text
