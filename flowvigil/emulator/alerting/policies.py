"""Alert policies: into which set an alert goes, who is told of that set, and how long it waits for others.

    fire(action_policy="p", group={"alert.project": alert.project}, group_by_all_labels=true,
         group_wait="15s", group_interval="1m", repeat_interval="1h")

That form is the one of the page on alert resource data; meanings and waits are those of the page on merging alerts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from flowvigil.emulator.alerting.routing import RoutingError, fires
from flowvigil.emulator.alerting.rules import DYNAMIC, Alert
from flowvigil.emulator.alerting.schedule import seconds

SHORTEST_S = 15
"""A shorter wait for changes counts as this one (page on limits)."""


class MergeSet(NamedTuple):
    """Where an alert belongs. `key` tells sets apart, `by` shows what they are merged by; waits in seconds."""

    account: str
    key: str
    by: str
    action_policy: str
    wait: int
    interval: int
    repeat: int


def merge_set(alert: Alert, script: str, told: Mapping[str, Any]) -> MergeSet:
    """The set of an alert under a policy's script. RoutingError says why there is none."""
    wanted = fires(script, told, "alert policy")
    if not wanted:
        raise RoutingError("the alert policy has no place for this alert")
    one = wanted[0]
    dynamic = one.get("action_policy") == DYNAMIC
    policy = alert.action_policy if dynamic else str(one.get("action_policy", ""))
    group = one.get("group") or {}
    if not isinstance(group, Mapping):
        raise RoutingError("group of the alert policy must be a dictionary")
    by = {**group, **({"alert.labels": told.get("labels")} if one.get("group_by_all_labels") else {})}
    wait, interval = _span(one, "group_wait", "0s"), max(_span(one, "group_interval", "5m"), SHORTEST_S)
    repeat = alert.repeat if dynamic else _span(one, "repeat_interval", "1h")
    shown = json.dumps(by, ensure_ascii=False, sort_keys=True)
    key = json.dumps([alert.account, policy, shown, wait, interval, repeat], ensure_ascii=False)
    return MergeSet(alert.account, key, shown, policy, wait, interval, repeat)


def _span(one: Mapping[str, Any], name: str, usual: str) -> int:
    text = str(one.get(name, usual))
    found = 0 if text.strip() in ("0", "0s") else seconds(text)
    if found is None:
        raise RoutingError(f"{name} of the alert policy is of the form 15s, 5m or 1h, not {text!r}")
    return found
