"""Makes a monitors folder of many flows, all legal, no two alike in what they watch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall], warning: [oncall]}
groups:
  oncall:
    - {dingtalk: assistant-robot}
"""


def write_monitors(folder: Path, flows: int, spec: Callable[[int], str] | None = None) -> Path:
    """`flows` specs, short ones unless `spec` says otherwise; returns the folder."""
    folder.mkdir(parents=True)
    (folder / "contacts.yaml").write_text(CONTACTS)
    for number in range(flows):
        (folder / f"flow-{number:05}.yaml").write_text((spec or short)(number))
    return folder


def short(number: int) -> str:
    """One spec as the language's examples are written: twelve lines."""
    return f"""\
flow: flow-{number:05}
title: Flow number {number}
owner: assistant-team
runbook: https://wiki.example.com/flows/{number}
source: {{langflow: {{name: flow {number}}}}}
alarms:
  p95: {{warning: {3 + number % 5}s, critical: {9 + number % 7}s, for: 3m, min_runs: 20}}
  failure_rate: {{warning: 2%, critical: {5 + number % 10}%}}
  slow_streak: {{over: {3 + number % 5}s, warning: 3}}
  no_runs: {{warning: 30m, hours: Mon-Fri 09:00-20:00}}
repeat: {{critical: 30m, warning: 30m}}
"""


def long(number: int) -> str:
    """One spec that states everything, one key a line: sixty lines, three alarms."""
    return f"""\
flow: flow-{number:05}
title: Flow number {number}
owner: assistant-team
runbook: https://wiki.example.com/flows/{number}
reporters: one
rules: auto
sampling: 1
source:
  langflow:
    name: flow {number}
    endpoint: flow-{number}
  version:
    env: FLOW_VERSION
alarms:
  p95:
    signal: p95
    warning: {3 + number % 5}s
    critical: {9 + number % 7}s
    period: 1m
    for: 3m
    min_runs: 20
  failure_rate:
    signal: failure_rate
    warning: 2%
    critical: {5 + number % 10}%
    period: 1m
    for: 3m
    min_runs: 20
  slow_streak:
    signal: slow_streak
    over: {3 + number % 5}s
    warning: 3
    critical: 10
    period: 1m
  failure_streak: none
  no_reports: none
dimensions:
  tier:
    - free
    - paid
  language:
    - zh
    - en
notify:
  critical:
    - oncall
  warning:
    - oncall
repeat:
  critical: 30m
  warning: 30m
logs:
  context:
    project: app-prod
    logstore: errors
environments:
  staging:
    alarms:
      p95:
        warning: 10s
        critical: none
    repeat:
      warning: 1d
"""
