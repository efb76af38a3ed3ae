"""A rule's targets: which get what, and what a store's line holds."""

import json

import pytest

from flowvigil.emulator.notification.targets import line, wants
from tests.emulator.test_wording import NOW, RULE, change

from .alarming import scene
from .lines import PROJECT, STORE, get, make_store

RULE = {**RULE, "Period": 60, "Escalations": {"Warn": {**RULE["Escalations"]["Warn"], "Times": 3}}}
ACCOUNT = "1000000000000001"
ARN = f"acs:log:cn-hangzhou:{ACCOUNT}:project/{PROJECT}/logstore/{STORE}"


@pytest.fixture
def stage(virtual_cloud):
    made = scene(virtual_cloud)
    make_store(made.cloud, {"line": {"token": [" ", '"', ","]}, "keys": {}})
    return made


def aim(stage, **target):
    answer = stage.cloud.rpc("PutMetricRuleTargets", RuleId="r", Targets=[{"Id": "1", "Arn": ARN, **target}])
    assert answer.code == "200"


def lines(stage):
    now = stage.cloud.world.now() // 1000
    return get(stage.cloud, "*", now - 3600, now + 60)["data"]


def test_the_line_has_the_fields_of_the_message_that_a_queue_gets():
    said = line(change("OK", "Warn"), RULE, "Warn")
    parts = {name: json.loads(said.pop(name)) for name in ("escalation", "metricData", "resources")}
    assert said == {
        "ruleId": "r",
        "ruleName": "slow",
        "curLevel": "WARN",
        "preLevel": "OK",
        "metricName": "m#60",
        "namespace": "ns",
        "period": "60",
        "groupId": "0",
        "lastTime": "180000",
        "time": str(NOW),
        "userId": "42",
        "eventName": "Alert",
        "eventType": "Alert",
        "batchId": f"r-{NOW}-0",
        "version": "1.0",
    }
    assert parts["escalation"] == {
        "comparisonOperator": "GreaterThanOrEqualToThreshold", "level": 3, "statistics": "P95", "tag": "WARN",
        "threshold": "5", "times": 3,
    }  # fmt: skip
    assert parts["metricData"] == {"timestamp": NOW, "userId": "42", "flow": "a", "service": "b", "P95": 7.25}
    assert parts["resources"] == {"flow": "a", "service": "b"}


def test_the_line_of_a_composite_rule_has_no_comparison():
    composite = {**RULE, "Escalations": {}, "CompositeExpression": {"ExpressionRaw": "@m.$P95 > 5"}}
    said = line(change("OK", "Critical"), composite, "Critical")
    assert json.loads(said["escalation"]) == {"level": 2, "tag": "CRITICAL"}


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ('{"team": "poems"}', {"team": "poems"}),
        ('{"rule": "$.ruleName", "p95": "$.metricData.P95"}', {"rule": "slow", "p95": "7.25"}),
        ('{"a": "$.nobody", "b": "$.ruleName.x", "c": "$"}', {"a": "null", "b": "null", "c": "$"}),
        ('{"ruleName": "mine"}', {"ruleName": "mine"}),
    ],
)
def test_a_target_may_add_fields_and_take_them_from_the_message(params, fields):
    said = line(change("OK", "Warn"), RULE, "Warn", params)
    assert {name: said[name] for name in fields} == fields


@pytest.mark.parametrize("params", ["no json", "[1]", "7"])
def test_what_is_no_object_adds_nothing(params):
    assert line(change("OK", "Warn"), RULE, "Warn", params) == line(change("OK", "Warn"), RULE, "Warn")


@pytest.mark.parametrize(
    ("level", "asked", "gets"),
    [("Warn", None, True), ("Warn", "", True), ("Warn", "WARN", True), ("Warn", "Warn", True), ("Warn", "INFO", False),
     ("Critical", '["INFO", "WARN", "CRITICAL"]', True), ("Critical", '["INFO", "WARN"]', False)],
)  # fmt: skip
def test_a_target_gets_the_levels_that_it_asks_for(level, asked, gets):
    assert wants({"Level": asked}, level) is gets


def test_a_store_gets_a_line_when_an_alarm_begins_and_when_it_ends(stage):
    aim(stage)
    stage.reports(3, 4, 0, 0)
    assert [(one["preLevel"], one["curLevel"], one["eventName"]) for one in lines(stage)] == [
        ("OK", "WARN", "Alert"),
        ("WARN", "OK", "AlertOk"),
    ]
    assert [one["status"] for one in stage.outbox("target")] == ["sent", "sent"]


def test_the_end_goes_where_the_level_that_ended_went(stage):
    aim(stage, Level="CRITICAL")
    stage.reports(3, 6, 0, 0)
    assert [(one["preLevel"], one["curLevel"]) for one in lines(stage)] == [("WARN", "CRITICAL"), ("CRITICAL", "OK")]


@pytest.mark.parametrize(
    ("arn", "why"),
    [
        (f"acs:mns:cn-hangzhou:{ACCOUNT}:/queues/q/messages", "the emulator has no such target"),
        (ARN.replace(STORE, "elsewhere"), f"account {ACCOUNT} has no logstore {PROJECT}/elsewhere"),
        (ARN.replace(ACCOUNT, "2"), f"has no logstore {PROJECT}/{STORE}"),
    ],
)
def test_a_target_that_is_not_there_is_named_in_the_outbox(stage, arn, why):
    aim(stage, Arn=arn)
    stage.reports(3, 0)
    first = stage.outbox("target")[0]
    assert first["status"] == "not sent"
    assert why in first["why"]
    assert lines(stage) == []


def test_by_a_switch_targets_get_nothing(stage):
    stage.cloud.door("switches", {"name": "target_lines", "value": "missing"})
    aim(stage)
    stage.reports(3, 0)
    assert (lines(stage), stage.outbox("target")) == ([], [])


def test_without_targets_nothing_is_written(stage):
    stage.reports(3, 0)
    assert (lines(stage), stage.outbox("target")) == ([], [])
