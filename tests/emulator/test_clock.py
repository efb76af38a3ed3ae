"""The clock that is moved by hand, and what of the evaluation survives the end of the process."""

import pytest

from flowvigil.cli import run
from flowvigil.emulator.accounts import Caller
from flowvigil.emulator.cms import rule_models, series
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.evaluation.hours import Hours, parsed
from flowvigil.emulator.evaluation.memory import history
from flowvigil.emulator.world import world
from tests.emulator.alarming import LEVEL, scene
from tests.emulator.conftest import NOW
from tests.emulator.playing import rule

DAY_S, MINUTE = 86_400, 60_000


def test_a_virtual_clock_stands_still_until_it_is_advanced(start_cloud):
    cloud = start_cloud(now=VirtualClock(NOW))
    assert cloud.door("clock") == {"clock": "virtual", "now": NOW, "changes": 0}
    assert cloud.door("clock", {"advance": 90.5})["now"] == NOW + 90_500
    assert cloud.door("clock")["now"] == NOW + 90_500
    assert cloud.door("health")["clock"] == "virtual"


def test_the_real_clock_cannot_be_moved(cloud):
    assert "--clock virtual" in cloud.door("clock", {"advance": 60})["error"]
    assert cloud.door("clock")["clock"] == "real"


@pytest.mark.parametrize("body", [{}, {"advance": -1}, {"advance": "60"}, {"advance": True}, {"advance": 1e12}, [], 1])
def test_a_clock_goes_forward_by_seconds(virtual_cloud, body):
    cloud = virtual_cloud()
    before = cloud.world.now()
    assert "error" in cloud.door("clock", body)
    assert cloud.door("clock")["now"] == before


def test_points_without_a_time_are_of_the_virtual_now(start_cloud):
    cloud = start_cloud(now=VirtualClock(NOW))
    cloud.door("clock", {"advance": DAY_S})
    entry = {"GroupId": "0", "MetricName": "m", "Dimensions": "{}", "Type": "1", "Period": "60"}
    cloud.rpc("PutCustomMetric", MetricList=[{**entry, "Values": '{"P95": 1}'}])
    assert cloud.door("datapoints")[0]["time"] == NOW + DAY_S * 1000


class Wall:
    """A clock that a test sets, and a cloud that lives by it: one rule, a report at the end of each minute."""

    def __init__(self, folder=None, at=NOW - NOW % 60_000):
        self.time = at
        self.cloud = world(folder, now=lambda: self.time)
        self.cloud.switches.change("evaluation_delay_s", "0")
        self.tenant = self.cloud.tenant(Caller("1000000000000001"))

    def watched(self):
        rule_models.put(self.tenant, "r", rule({"critical": "LastValue > 5 x1"}), rule_models.DIRECT)
        return self

    def reports(self, *values):
        for value in values:
            entry = {"GroupId": "0", "MetricName": "m", "Dimensions": '{"flow": "a"}', "Type": "1", "Period": "60",
                     "Time": str(self.time), "Values": f'{{"LastValue": {value}}}'}  # fmt: skip
            self.time += 59_000
            series.keep(self.tenant, series.point(self.tenant, entry))
            self.time += 1000
            self.cloud.judge(self.time)
        return self

    def told(self, after=0):
        return [(one["time"], one["after"]) for one in history(self.cloud.state, after)]


def test_a_real_clock_that_is_set_back_does_not_stop_the_judging():
    wall = Wall().watched().reports(0, 6)
    wall.time -= DAY_S * 1000
    at = wall.time
    wall.reports(0, 6, 0)
    assert wall.told(1) == [(at + 2 * MINUTE, "Critical"), (at + 3 * MINUTE, "OK")]
    wall.cloud.close()


def test_what_was_reported_ahead_of_a_clock_that_was_set_back_is_not_judged_again():
    wall = Wall().watched().reports(0, 6, 6)
    wall.time -= 10 * MINUTE
    wall.reports(*[0] * 7)
    wall.time += 5 * MINUTE
    wall.cloud.judge(wall.time)
    assert len(wall.told()) == 1
    wall.cloud.close()


def test_a_clock_that_is_set_back_by_seconds_judges_nothing_twice():
    wall = Wall().watched().reports(0, 6)
    wall.time -= 30_000
    wall.cloud.judge(wall.time)
    wall.time += 30_000
    wall.reports(6, 0)
    assert [state for _, state in wall.told()] == ["Critical", "OK"]
    wall.cloud.close()


def test_a_cloud_of_a_virtual_clock_goes_on_with_a_real_one(tmp_path):
    ahead = Wall(tmp_path, NOW - NOW % MINUTE + DAY_S * 1000).watched().reports(0, 6)
    ahead.cloud.close()
    wall = Wall(tmp_path).reports(0, 6)
    assert wall.told(1) == [(wall.time, "Critical")]
    wall.cloud.close()


def test_a_virtual_clock_goes_on_after_a_real_one(tmp_path):
    wall = Wall(tmp_path).watched().reports(0)
    wall.cloud.close()
    clock = VirtualClock(NOW - DAY_S * 1000)
    world(tmp_path, now=clock).close()
    assert clock.time == wall.time


def test_after_a_restart_clock_alarm_and_silence_go_on(start_cloud, tmp_path):
    def opened(clock):
        return scene(lambda **_: start_cloud(folder=tmp_path, now=clock))

    first = opened(VirtualClock(NOW - NOW % 60_000))
    first.reports(3)
    again = opened(VirtualClock(NOW + DAY_S * 1000))
    assert again.cloud.world.now() == first.cloud.world.now()
    again.reports(3, 3)
    assert again.levels() == ["Warn"]
    again.reports(0)
    assert again.levels() == ["Warn", "OK"]


def test_a_count_goes_on_after_a_restart(start_cloud, tmp_path):
    levels = {"Critical": {**LEVEL, "Times": "3"}}

    def opened(start):
        return scene(lambda **_: start_cloud(folder=tmp_path, now=VirtualClock(start)), Escalations=levels)

    opened(NOW - NOW % 60_000).reports(3, 3)
    again = opened(0)
    again.reports(3)
    assert again.levels() == ["Critical"]


def test_windows_without_data_go_on_counting_after_a_restart(start_cloud, tmp_path):
    def opened(start):
        made = scene(
            lambda **_: start_cloud(folder=tmp_path, now=VirtualClock(start)), NoDataPolicy="INSUFFICIENT_DATA"
        )
        made.cloud.door("switches", {"name": "empty_windows", "value": "3"})
        return made

    opened(NOW - NOW % 60_000).reports(0, None, None)
    again = opened(0)
    again.advance(60)
    assert again.levels() == ["INSUFFICIENT_DATA"]


def test_a_reset_forgets_alarms_and_messages(virtual_cloud):
    flow = scene(virtual_cloud)
    flow.reports(3)
    flow.cloud.door("reset", {})
    assert (flow.outbox(), flow.cloud.door("alerts")) == ([], [])
    again = scene(lambda **_: flow.cloud)
    again.reports(3)
    assert again.levels() == ["Warn"]


def test_a_changed_rule_counts_anew_and_keeps_its_state(virtual_cloud):
    levels = {"Critical": {**LEVEL, "Times": "2"}}
    flow = scene(virtual_cloud, Escalations=levels)
    flow.reports(3)
    flow.cloud.put_rule(Escalations={"Critical": {**LEVEL, "Times": "2", "Threshold": "2"}})
    flow.reports(3)
    assert flow.levels() == []
    flow.reports(3)
    assert flow.levels() == ["Critical"]


def test_a_rule_that_is_enabled_again_counts_anew(virtual_cloud):
    flow = scene(virtual_cloud, Escalations={"Critical": {**LEVEL, "Times": "2"}})
    flow.reports(3)
    flow.cloud.rpc("DisableMetricRules", RuleId=["r"])
    flow.reports(3)
    flow.cloud.rpc("EnableMetricRules", RuleId=["r"])
    flow.reports(3)
    assert flow.levels() == []


def test_a_second_point_of_a_window_replaces_all_of_the_first(virtual_cloud):
    part = {**LEVEL, "Statistics": "P99", "Times": "1"}
    flow = scene(virtual_cloud, Escalations={"Critical": part})
    entry = {"GroupId": "0", "MetricName": "m", "Dimensions": '{"flow": "a"}', "Type": "1", "Period": "60"}
    for values in ('{"P99": 9}', '{"P50": 9}'):
        flow.cloud.rpc("PutCustomMetric", MetricList=[{**entry, "Values": values}])
        flow.advance(0)
    flow.advance(180)
    assert flow.levels() == []


def test_real_time_is_judged_as_it_passes():
    time = [NOW]
    cloud = world(now=lambda: time[0])
    tenant = cloud.tenant(Caller("1000000000000001"))
    rule_models.put(tenant, "r", rule({"critical": "LastValue > 5 x3"}), rule_models.DIRECT)
    found = []
    entry = {"GroupId": "0", "MetricName": "m", "Dimensions": '{"flow": "a"}', "Type": "1", "Period": "60"}
    for second in range(5 * 60):
        time[0] = NOW + second * 1000
        if second % 60 == 0:
            series.keep(tenant, series.point(tenant, {**entry, "Values": '{"LastValue": 6}'}))
        found += cloud.alarms.run(time[0])
    assert [(change.time - NOW, change.after) for change in found] == [(240_000, "Critical")]


def test_the_command_says_which_clocks_there_are(capsys):
    assert run(["run", "emulator", "--clock", "sundial"]) == 2
    assert "virtual" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "always", "9-17", "09:00-17:00 CET", "09:00-17:00 +0800 dayofweek 0"])
def test_hours_of_another_form_do_not_restrict(text):
    assert parsed(text) is None


def test_hours_are_read_whole():
    assert parsed("09:05-18:30 -0330 dayofweek 1,7") == Hours(545, 1110, -210, frozenset((1, 7)))
