"""Alert policies: alerts that meet in a set are told as one message; times are those of the page on merging alerts."""

import json

import pytest

from flowvigil.emulator.alerting.policies import merge_set
from flowvigil.emulator.alerting.routing import RoutingError
from flowvigil.emulator.alerting.rules import compiled
from flowvigil.emulator.evaluation.clock import VirtualClock

from ..emulator.conftest import NOW
from ..emulator.lines import PROJECT, group, make_store, put, runs
from ..emulator.test_alert_messages import ALERT, FIRE, ROBOT, TEMPLATE

SCRIPT = (
    'fire(action_policy="sls.builtin.dynamic", '
    'group={"alert.project": alert.project, "alert.severity": alert.severity},'
    ' group_wait="5s", group_interval="1m", repeat_interval="9h")'
)
BAD, GOOD = 9000, 100


def alert(repeat="4h", **more):
    policy = {"alertPolicyId": "merge", "actionPolicyId": "p", "repeatInterval": repeat}
    return {**ALERT, "configuration": {**ALERT["configuration"], "policyConfiguration": policy, **more}}


class Scene:
    """One alert over all flows whose alerts go to the alert policy `merge`."""

    def __init__(self, start_cloud, script=SCRIPT, body=None, clock=None):
        self.cloud = start_cloud(now=clock or VirtualClock(NOW - NOW % 60_000))
        self.clock = self.cloud.world.now
        self.cloud.door("clock", {"advance": 60 - self.clock.time / 1000 % 60})
        self.begin = self.clock.time
        make_store(self.cloud)
        for table, name, value in (
            ("sls.alert.action_webhook", "robot", {"id": "robot", "type": "dingtalk", "url": ROBOT}),
            ("sls.alert.content_template", "t", {"templates": {"dingtalk": TEMPLATE}}),
            ("sls.alert.action_policy", "p", {"primary_policy_script": FIRE}),
            ("sls.alert.alert_policy", "merge", {"group_script": script}),
        ):
            record = {"id": name, "tag": name, "value": json.dumps(value)}
            assert self.cloud.sls("POST", "", f"/resources/{table}/records", record).status == 200
        assert self.cloud.sls("POST", PROJECT, "/jobs", body or alert()).status == 200

    def minute(self, **flows):
        """A run of each flow in the middle of a minute, which then ends."""
        at = self.clock.time // 1000
        lines = [{"flow": flow, "duration_ms": duration} for flow, duration in flows.items()]
        put(self.cloud, group(*runs(*lines, at=at + 30)))
        self.cloud.door("clock", {"advance": 60})

    def told(self):
        """Second of each message and the lines that the template made."""
        return [
            ((one["time"] - self.begin) / 1000, one["text"].partition("告警详情:\n\n")[2].splitlines())
            for one in self.cloud.door("outbox?channel=dingtalk")
        ]

    def seconds(self):
        self.cloud.door("clock", {"advance": 30})
        return [second for second, _ in self.told()]


@pytest.fixture
def scene(virtual_cloud):
    return lambda *args, **more: Scene(virtual_cloud, *args, **more)


def test_a_set_is_told_after_its_first_wait_and_again_when_an_alert_comes_or_nothing_changes(scene):
    one = scene()
    one.minute(a=BAD)
    one.minute(a=BAD, b=BAD)
    for _ in range(4 * 60):
        one.minute(a=BAD, b=BAD)
    assert one.seconds() == [65, 125, 125 + 4 * 3600]
    assert [len(lines) for _, lines in one.told()] == [1, 2, 2]


def test_alerts_that_come_within_the_first_wait_are_one_message(scene):
    one = scene()
    one.minute(a=BAD, b=BAD, c=BAD)
    one.minute(a=BAD, b=BAD, c=BAD)
    assert one.seconds() == [65]
    assert one.told()[0][1] == [f"{flow} p95 = 9000.0 firing" for flow in "abc"]


def test_alerts_that_come_during_a_long_first_wait_do_not_shorten_it(scene):
    one = scene(SCRIPT.replace('"5s"', '"150s"'))
    one.minute(a=BAD)
    one.minute(a=BAD, b=BAD)
    one.minute(a=BAD, b=BAD)
    assert one.seconds() == [210]


def test_an_alert_that_goes_on_stands_in_the_history_once(scene):
    one = scene(body=alert(repeat="1m"))
    for _ in range(4):
        one.minute(a=BAD)
    assert len(one.seconds()) == 4
    assert len(one.cloud.door("alerts")) == 1


def test_the_most_severe_alert_of_a_set_decides_who_is_told(scene):
    one = scene(SCRIPT.replace(', "alert.severity": alert.severity', ""))
    policy = {"primary_policy_script": f"if alert.severity >= 10:\n    {FIRE}"}
    record = {"id": "p", "tag": "p", "value": json.dumps(policy)}
    one.cloud.sls("PUT", "", "/resources/sls.alert.action_policy/records/p", record)
    one.minute(a=6000, b=BAD)
    one.seconds()
    assert [lines for _, lines in one.told()] == [["b p95 = 9000.0 firing", "a p95 = 6000.0 firing"]]


def test_the_ends_of_alerts_are_merged_too_and_a_set_without_alerts_begins_anew(scene):
    one = scene()
    one.minute(a=BAD, b=BAD)
    one.minute(a=GOOD, b=GOOD)
    one.minute(a=BAD)
    assert one.seconds() == [65, 125, 185]
    assert [lines for _, lines in one.told()][1:] == [
        ["a p95 = 9000.0 resolved", "b p95 = 9000.0 resolved"],
        ["a p95 = 9000.0 firing"],
    ]


def test_an_alert_that_ends_leaves_the_others_of_its_set(scene):
    one = scene()
    one.minute(a=BAD, b=BAD)
    one.minute(a=GOOD, b=BAD)
    one.minute(b=GOOD)
    one.seconds()
    assert [lines for _, lines in one.told()][1:] == [
        ["a p95 = 9000.0 resolved", "b p95 = 9000.0 firing"],
        ["b p95 = 9000.0 resolved"],
    ]


def test_another_severity_is_another_set_where_severities_are_told_apart(scene):
    one = scene()
    one.minute(a=6000)
    one.minute(a=BAD)
    one.minute(a=GOOD)
    one.seconds()
    assert [(second, lines[0].split()[-1]) for second, lines in one.told()] == [
        (65, "firing"), (125, "firing"), (185, "resolved"),
    ]  # fmt: skip


def test_labels_tell_sets_apart_where_the_policy_says_so(scene):
    one = scene(SCRIPT.replace(" group_wait", " group_by_all_labels=true, group_wait"))
    one.minute(a=BAD, b=BAD)
    assert one.seconds() == [65, 65]
    assert [len(lines) for _, lines in one.told()] == [1, 1]


def test_waits_for_changes_shorter_than_fifteen_seconds_count_as_fifteen(scene):
    one = scene(SCRIPT.replace('"1m"', '"1s"'))
    one.minute(a=BAD)
    one.minute(b=BAD, a=BAD)
    assert one.seconds() == [65, 125]


def test_a_policy_that_names_an_action_policy_goes_before_the_rule(scene):
    one = scene(SCRIPT.replace("sls.builtin.dynamic", "other"))
    one.minute(a=BAD)
    assert "no action policy 'other'" in one.cloud.door("alerts")[0]["why"]


def test_the_history_knows_each_alert_and_the_outbox_each_of_a_message(scene):
    one = scene()
    one.minute(a=BAD, b=BAD)
    one.seconds()
    assert [(entry["dimension"], entry["after"], entry["told"]) for entry in one.cloud.door("alerts")] == [
        ("flow=a", "Critical", True), ("flow=b", "Critical", True),
    ]  # fmt: skip
    (entry,) = one.cloud.door("outbox?channel=dingtalk")
    assert [alert["dimension"] for alert in entry["alerts"]] == ["flow=a", "flow=b"]


def test_an_alert_that_is_deleted_is_not_told_again(scene):
    one = scene(body=alert(repeat="1m"))
    one.minute(a=BAD)
    assert one.seconds() == [65]
    one.cloud.sls("DELETE", PROJECT, "/jobs/slow-runs")
    one.cloud.door("clock", {"advance": 600})
    assert [second for second, _ in one.told()] == [65]


def test_ends_that_nobody_is_told_of_leave_the_set_without_a_word(scene):
    one = scene(body=alert(repeat="1m", sendResolved=False))
    one.minute(a=BAD)
    one.minute(a=GOOD)
    one.cloud.door("clock", {"advance": 600})
    assert [second for second, _ in one.told()] == [65]


def test_a_muted_alert_is_merged_when_it_is_heard_again(scene):
    one = scene()
    body = alert(muteUntil=one.begin // 1000 + 150)
    assert one.cloud.sls("PUT", PROJECT, "/jobs/slow-runs", body).status == 200
    for _ in range(4):
        one.minute(a=BAD)
    assert one.seconds() == [185]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (None, "there is no alert policy 'merge'"),
        ("", "no place"),
        ("if alert.severity < 2:\n    fire(action_policy='p')", "no place"),
        ("while True: pass", "line 1 of the alert policy"),
        ("fire(action_policy='p', group=alert.project)", "group of the alert policy must be a dictionary"),
        ("fire(action_policy='p', group_wait='soon')", "group_wait of the alert policy is of the form"),
    ],
)
def test_an_alert_policy_that_cannot_be_used_is_named_in_the_history_and_tells_nobody(scene, script, why):
    one = scene(script or "")
    if script is None:
        one.cloud.sls("DELETE", "", "/resources/sls.alert.alert_policy/records?ids=merge")
    one.minute(a=BAD)
    assert why in one.cloud.door("alerts")[0]["why"]
    assert one.seconds() == []


def test_a_set_waits_on_after_a_restart(start_cloud, tmp_path):
    clock = VirtualClock(NOW - NOW % 60_000)
    one = Scene(lambda now: start_cloud(now=now, folder=tmp_path), clock=clock)
    one.minute(a=BAD, b=BAD)
    one.cloud = start_cloud(now=VirtualClock(0), folder=tmp_path)
    one.clock = one.cloud.world.now
    one.minute(a=GOOD, b=BAD)
    assert one.seconds() == [65, 125]
    assert [len(lines) for _, lines in one.told()] == [2, 2]


def test_repeats_that_were_missed_while_nothing_ran_are_not_made_up_for(start_cloud):
    one = Scene(start_cloud, body=alert(repeat="15m"))
    one.minute(a=BAD)
    one.cloud.door("clock", {"advance": 10})
    one.cloud.world.judge(one.begin + 12 * 3600 * 1000, longest=600_000)
    assert [second for second, _ in one.told()] == [65, 42605, 42665]


def test_a_change_that_was_due_while_nothing_ran_is_told_once(start_cloud):
    one = Scene(start_cloud, body=alert(repeat="15m"))
    one.minute(a=BAD)
    one.cloud.world.judge(one.begin + 12 * 3600 * 1000, longest=600_000)
    assert [second for second, _ in one.told()] == [42605, 42665]


def test_sets_are_the_same_only_where_all_five_settings_are():
    told = {"project": "p", "severity": 10, "labels": {}}
    body = {**alert(), "displayName": "slow"}
    one = merge_set(compiled("1", "p", body), SCRIPT, told)
    for other in (SCRIPT.replace('"5s"', '"6s"'), SCRIPT.replace('"1m"', '"2m"'), SCRIPT.replace("dynamic", "other")):
        assert merge_set(compiled("1", "p", body), other, told).key != one.key
    assert merge_set(compiled("1", "p", {**alert(repeat="5h"), "displayName": "slow"}), SCRIPT, told).key != one.key
    assert one.repeat == 4 * 3600


def test_a_policy_without_place_is_an_error():
    with pytest.raises(RoutingError):
        merge_set(compiled("1", "p", alert()), "", {})
