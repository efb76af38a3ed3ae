"""The six-line spec and what it says without saying it."""

from pathlib import Path

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.monitor import Condition, Severity

SIX_LINES = """\
flow: poem-generator
owner: assistant-team
alarms:
  p95: {warning: 5s, critical: 8s}
  failure_rate: {critical: 5%}
  slow_streak: {over: 5s, warning: 3}
"""
CONTACTS = """\
teams:
  assistant-team: {critical: [oncall, assistant-ding], warning: [assistant-ding]}
groups:
  oncall: {existing: true}
  assistant-ding:
    - {dingtalk: assistant-robot}
    - {dingtalk: assistant-robot-signed, via: relay, at: [zhangsan]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "poem.yaml").write_text(SIX_LINES, encoding="utf-8")
    (tmp_path / "contacts.yaml").write_text(CONTACTS, encoding="utf-8")
    return tmp_path


def conditions(folder: Path) -> dict[str, Condition]:
    (monitor,) = spec.load(folder, "local").monitors
    return {one.alarm: one for one in monitor.conditions}


def test_a_latency_threshold_becomes_milliseconds(folder: Path) -> None:
    assert [level.threshold for level in conditions(folder)["p95"].levels] == [8000.0, 5000.0]


def test_silence_and_streaks_are_watched_unasked(folder: Path) -> None:
    assert set(conditions(folder)) == {"p95", "failure_rate", "slow_streak", "failure_streak", "no_reports"}


def test_warning_goes_to_the_teams_warning_route(folder: Path) -> None:
    levels = {level.severity: level.groups for level in conditions(folder)["p95"].levels}
    assert levels == {Severity.CRITICAL: ("oncall", "assistant-ding"), Severity.WARNING: ("assistant-ding",)}
