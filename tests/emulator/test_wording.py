"""What a notice and a callback say."""

import pytest

from flowvigil.emulator.evaluation.columns import Series
from flowvigil.emulator.evaluation.machine import Change
from flowvigil.emulator.notification.wording import callback, notice

from .alarming import scene

SERIES = Series("42", "m", 60, "0", "flow=a&service=b")
ESCALATION = {"Statistics": "P95", "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": "5"}
RULE = {"RuleName": "slow", "MetricName": "m", "Namespace": "ns", "Labels": [{"Key": "owner", "Value": "小组"}],
        "Escalations": {"Warn": ESCALATION}, "CompositeExpression": {}}  # fmt: skip
NOW = 1_800_000_000_000


def change(before, after, value=7.25):
    return Change(NOW, "r", SERIES, before, after, told=True, value=value, since=NOW - 180_000)


def test_a_notice_in_english():
    title, text = notice(change("OK", "Warn"), RULE, "en")
    assert title == "CloudMonitor alarm: slow"
    assert text.splitlines() == [
        "### CloudMonitor alarm: slow",
        "- rule: slow",
        "- level: Warn",
        "- metric: m",
        "- dimensions: flow=a&service=b",
        "- expression: $P95>=5",
        "- value: 7.25",
        "- time: 2027-01-15 16:00:00",
        "- lasting: 3 min",
        "- owner: 小组",
    ]


def test_a_notice_in_chinese():
    title, text = notice(change("Warn", "OK"), RULE, "zh-cn")
    assert title == "阿里云监控 报警恢复: slow"
    assert "- 级别: Warn\n" in text
    assert "- 持续: 3分钟\n" in text


@pytest.mark.parametrize(("language", "head"), [("zh-cn", "阿里云监控 无数据"), ("en", "CloudMonitor has no data")])
def test_a_notice_of_missing_data(language, head):
    title, text = notice(change("OK", "INSUFFICIENT_DATA", None), RULE, language)
    assert title == f"{head}: slow"
    assert ": null\n" in text


def test_the_expression_is_that_of_the_level_that_ended():
    assert "- expression: $P95>=5" in notice(change("Warn", "INSUFFICIENT_DATA"), RULE, "en")[1]


def test_a_comparison_with_the_past_is_spelt_out():
    part = {**ESCALATION, "ComparisonOperator": "GreaterThanLastPeriod"}
    assert callback(change("OK", "Warn"), {**RULE, "Escalations": {"Warn": part}})["expression"] == (
        "$P95 GreaterThanLastPeriod 5"
    )


def test_a_raw_expression_is_given_as_written():
    rule = {**RULE, "Escalations": {}, "CompositeExpression": {"ExpressionRaw": "@m.$P95 > 5"}}
    assert callback(change("OK", "Warn"), rule)["expression"] == "@m.$P95 > 5"


def test_a_callback_of_missing_data():
    fields = callback(change("Warn", "INSUFFICIENT_DATA", None), {**RULE, "Labels": []})
    assert (fields["alertState"], fields["preTriggerLevel"], fields["triggerLevel"]) == (
        "INSUFFICIENT_DATA",
        "WARN",
        "null",
    )
    assert (fields["curValue"], fields["lastTime"], fields["timestamp"]) == ("null", "3分钟", str(NOW))
    assert "customLabels" not in fields


def test_a_callback_names_the_series():
    fields = callback(change("OK", "Warn"), RULE)
    assert fields["instanceName"] == "flow=a&service=b"
    assert fields["dimensions"] == "{userId=42, groupId=0, flow=a, service=b}"


def test_a_callback_keeps_other_scripts_readable():
    assert callback(change("OK", "Warn"), RULE)["customLabels"] == '[{"label": "owner", "value": "小组"}]'


def test_by_a_switch_a_notice_hides_the_labels(virtual_cloud):
    flow = scene(virtual_cloud, Labels=[{"Key": "owner", "Value": "team"}])
    flow.reports(3)
    flow.cloud.door("switches", {"name": "notice_labels", "value": "hidden"})
    flow.reports(6)
    assert ["owner: team" in one["text"] for one in flow.outbox()] == [True, False]


def test_by_a_switch_a_callback_holds_the_dimensions_as_one_text(virtual_cloud):
    flow = scene(virtual_cloud, Webhook="http://127.0.0.1:1/")
    flow.cloud.door("switches", {"name": "callback_dimensions", "value": "nested"})
    flow.reports(3)
    (told,) = flow.outbox("webhook")
    assert told["form"]["dimensions"] == "{userId=1000000000000001, groupId=0, dimension=flow=a}"


def test_a_list_of_comparisons_is_told_as_an_expression():
    listed = [
        {"MetricName": "m", "Statistics": "$P95", "ComparisonOperator": "GreaterThanThreshold", "Threshold": 5,
         "Period": 60},
        {"MetricName": "n", "Statistics": "Sum", "ComparisonOperator": "<=", "Threshold": "2"},
    ]  # fmt: skip
    rule = {**RULE, "Escalations": {}, "CompositeExpression": {"ExpressionList": listed, "ExpressionListJoin": "||"}}
    assert callback(change("OK", "Warn"), rule)["expression"] == "@m[60].$P95>5 || @n.$Sum<=2"
