"""How alerts of Log Service that fire together become one message: alert policies, and what they merge by.

A robot takes 20 messages a minute, and an outage fires every alert at once. What a flow's alerts say goes into one of a
few sets, by severity; what is said of reporters goes into one set for each alert and severity.
Merging conditions and waits: help pages on merging alerts and on creating an alert policy; the script's words: page on
the structure of alert resource data. Knows no receivers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from . import names
from .objects import LogRecord
from .stack import Stack

ALERT_POLICIES = "sls.alert.alert_policy"

PARTS = 8
"""Sets that the alerts of one project, severity and route are spread over: a project holds 100 alerts, and a message
has room for about 25 with their links."""

WAIT_S, CHANGE_S = 15, 60
"""Seconds until a new set is told, and between two looks at one that was: no set speaks twice in a minute."""

GROUPS = 100
"""Groups that one evaluation may have (limits of Log Service alerts)."""

ROOM = 7000
"""Bytes for the lines of one message; DingTalk takes 20,000, and how much Log Service cuts off is not published."""

LINE = 48
"""Bytes of a line about a silent flow, besides its name."""


def part(flow: str) -> str:
    """Which of the sets a flow's alerts go into, always the same one."""
    return str(int(names.digest(flow), 16) % PARTS)


def of_flows(stack: Stack) -> str:
    """The alert policy that merges by project, severity and labels."""
    return names.record(stack.prefix, "merge-flows")


def of_reports(stack: Stack) -> str:
    """The alert policy that merges all flows of one alert, by severity."""
    return names.record(stack.prefix, "merge-reports")


def policies(stack: Stack) -> list[LogRecord]:
    """Both alert policies; each alert names its own action policy and how often it repeats."""
    by_rule = {"alert.alert_id": "alert.alert_id"}
    return [
        _policy(of_flows(stack), {}, all_labels=True),
        _policy(of_reports(stack), by_rule, all_labels=False),
    ]


def _policy(name: str, more: dict[str, str], *, all_labels: bool) -> LogRecord:
    by = {"alert.project": "alert.project", **more, "alert.severity": "alert.severity"}
    group = ", ".join(f'"{key}": {value}' for key, value in by.items())
    script = (
        f'fire(action_policy="sls.builtin.dynamic", group={{{group}}}, '
        f"group_by_all_labels={'true' if all_labels else 'false'}, "
        f'group_wait="{WAIT_S}s", group_interval="{CHANGE_S // 60}m", repeat_interval="1h")'
    )
    value = {
        "policy_id": name,
        "policy_name": name,
        "parent_id": "",
        "is_default": False,
        "group_script": script,
        "inhibit_script": "",
        "silence_script": "",
    }
    return LogRecord(f"record.{name}", None, ALERT_POLICIES, name, name, json.dumps(value, ensure_ascii=False))


def shards(flows: Iterable[str]) -> Iterator[list[str]]:
    """Flows that one alert on silence watches: as many as an evaluation may have and one message can name."""
    some: list[str] = []
    size = 0
    for flow in flows:
        size += len(flow) + LINE
        if some and (len(some) == GROUPS or size > ROOM):
            yield some
            some, size = [], len(flow) + LINE
        some.append(flow)
    if some:
        yield some
