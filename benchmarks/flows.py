"""Makes a monitors folder of many flows, all legal, no two alike in what they watch."""

from __future__ import annotations

from pathlib import Path

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall], warning: [oncall]}
groups:
  oncall:
    - {dingtalk: assistant-robot}
"""


def write_monitors(folder: Path, flows: int) -> Path:
    """`flows` specs of about 60 lines' worth of settings in the language's six-line style; returns the folder."""
    folder.mkdir(parents=True)
    (folder / "contacts.yaml").write_text(CONTACTS)
    for number in range(flows):
        (folder / f"flow-{number:05}.yaml").write_text(spec(number))
    return folder


def spec(number: int) -> str:
    """The text of one spec."""
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
