"""Each question finds the position of the pretend cloud's switch of its name, whatever that is."""

from __future__ import annotations

from datetime import date

import pytest

from flowvigil.deploy.probe import AROUND, Fact, chosen
from flowvigil.deploy.probe.inquiry import FAMILIES, USUAL
from flowvigil.deploy.probe.recording import recorded
from flowvigil.emulator.known import positions
from flowvigil.emulator.switches import BY_NAME, TABLE, Switches

from .conftest import ACCOUNT, answering

pytestmark = pytest.mark.engine

NOT_ASKED = {
    "unknown_robots": "belongs to the pretend cloud alone",
    "qps_limits": "documented",
    "assume_role_exists": "documented",
    "alerts_per_project": "documented",
    "notice_labels": "no call of the service shows a notice",
    "callback_dimensions": "no call of the service shows a callback, and no plan depends on it",
    "target_lines": "a line that came is told by `target_log`, and no plan depends on it",
    "alert_severity_moves": "of Log Service, and without effect on a plan",
}
NUMBERS = {
    "entries_per_call": ("20", "21", "50", "100"),
    "series_quota": ("0", "10", "17"),
    "oldest_point_s": ("600", "3600", "86400"),
    "newest_point_s": ("60", "300"),
    "ingestion_delay_s": ("0", "10", "60"),
    "partial_http_status": ("200", "400"),
    "rule_quota": ("0", "20"),
    "contact_quota": ("0", "50"),
    "template_quota": ("5", "100"),
    "template_rules": ("1", "30", "200"),
}
ALARMS = ("evaluation_delay_s", "gap_in_streak", "late_points", "empty_windows", "silence_after_recovery")
"""Found out together, since each takes many minutes of the virtual clock."""

ALARM_ROWS = [
    ("0", "passes", "counted", "1", "lasts"),
    ("60", "breaks", "ignored", "2", "ends"),
    ("120", "passes", "ignored", "3", "lasts"),
    ("300", "breaks", "counted", "1", "ends"),
]
ASKED = [
    (switch.name, position)
    for switch in TABLE
    if switch.name not in (*NOT_ASKED, *ALARMS)
    for position in switch.values or NUMBERS[switch.name]
]


def test_every_switch_is_asked_or_left_out_for_a_reason():
    asked = {name for one in chosen(FAMILIES) for name in one.answers}
    assert {name for name in BY_NAME if name not in asked} == set(NOT_ASKED)


@pytest.mark.parametrize(("name", "position"), ASKED)
def test_a_position_is_found_out(site, name, position):
    site.world.switches.change(name, position)
    assert site.answers(answering(name))[name] == position


def test_the_rows_hold_every_position_of_the_alarms_switches():
    for number, name in enumerate(ALARMS):
        assert set(BY_NAME[name].values) <= {row[number] for row in ALARM_ROWS}


@pytest.mark.parametrize("row", ALARM_ROWS)
def test_the_positions_of_alarms_are_found_out(site, row):
    wanted = dict(zip(ALARMS, row, strict=True))
    for name, position in wanted.items():
        site.world.switches.change(name, position)
    found = site.answers(answering("late_points"))
    assert {name: found[name] for name in ALARMS} == wanted


@pytest.mark.parametrize("profile", ["lenient", "pessimistic"])
def test_a_pretend_cloud_that_obeys_the_facts_of_a_profile_behaves_like_it(site, tmp_path, profile):
    site.world.switches.profile = profile
    forecast = AROUND + sum(one.calls for one in chosen(USUAL))
    facts = [Fact(name, answer, "") for name, answer in site.answers(*chosen(USUAL)).items()]
    assert len(site.world.journal.after(0)) <= forecast
    path = tmp_path / "cloud-facts.json"
    path.write_text(recorded(path, ACCOUNT, "cn-hangzhou", facts, date(2026, 11, 26)))
    found = positions(str(path))
    other = "pessimistic" if profile == "lenient" else "lenient"
    obeying, wanted = Switches(other, facts=found), Switches(profile)
    assert (
        len(found) == {"lenient": 25, "pessimistic": 24}[profile]
    )  # without a policy that acts, nobody counts windows
    assert {name: obeying[name] for name in found} == {name: wanted[name] for name in found}
