"""Specs for rules that an account has already: what a spec can say is said, everything else is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from flowvigil.deploy.cloud import Access, Cloud
from flowvigil.provisioner import spec
from flowvigil.scaffold.answers import Answers
from flowvigil.scaffold.existing import specs
from flowvigil.scaffold.rendering import render
from flowvigil.scaffold.watched import NotSayable, watched
from flowvigil.scaffold.writing import write
from tests.emulator.conftest import running_cloud


def level(threshold, times=3, statistics="P95", operator="GreaterThanThreshold"):
    return {"Statistics": statistics, "ComparisonOperator": operator, "Threshold": str(threshold), "Times": times}


def rule(**change):
    fields = {
        "RuleId": "r1",
        "RuleName": "poem slow",
        "MetricName": "response_time_ms",
        "Resources": '[{"groupId":"0","dimension":"flow=poem_generator_v1&host=a"}]',
        "Escalations": {"Critical": level(8000), "Warn": level(5000), "Info": {}},
        "Period": "60",
        "SilenceTime": "3600",
        "ContactGroups": "oncall,客服组",
        "EffectiveInterval": "00:00-23:59 +0800 dayofweek 1,2,3,4,5,6,7",
        "EnableState": True,
    }
    return fields | change


def loaded(tmp_path, *rules):
    write(tmp_path, {"flowvigil.yaml": "spec: 1\n", **specs(rules).files})
    return spec.load(tmp_path / "monitors", "prod")


def test_a_hand_made_rule_becomes_a_spec_that_loads(tmp_path):
    (monitor,) = loaded(tmp_path, rule()).monitors
    condition = next(one for one in monitor.conditions if one.alarm == "p95")
    assert monitor.flow == "poem-generator-v1"
    assert [(one.severity.value, one.threshold, one.repeat_s) for one in condition.levels] == [
        ("critical", 8000.0, 3600),
        ("warning", 5000.0, 3600),
    ]
    assert (condition.for_s, condition.min_runs) == (180, 1)


def test_its_contact_groups_are_referred_to_and_never_written(tmp_path):
    groups = loaded(tmp_path, rule()).groups
    assert [(one.name, one.existing) for one in groups] == [("oncall", True), ("客服组", True)]


def test_two_rules_of_a_flow_share_a_spec(tmp_path):
    failures = rule(RuleId="r2", RuleName="poem fails", MetricName="error_rate", Escalations={"Critical": level(5)})
    failures["Escalations"]["Critical"]["Statistics"] = "Average"
    (monitor,) = loaded(tmp_path, rule(), failures).monitors
    assert {"p95", "failure_rate"} <= {one.alarm for one in monitor.conditions}


def test_a_second_rule_on_the_same_signal_gets_a_name_of_its_own(tmp_path):
    drift = rule(RuleId="r2", RuleName="poem slower", Escalations={"Info": level(4000, times=30)})
    (monitor,) = loaded(tmp_path, rule(), drift).monitors
    assert {"p95", "p95_2"} <= {one.alarm for one in monitor.conditions}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"Escalations": {"Warn": level(5, statistics="Average")}},
            "it judges Average of response_time_ms, which is neither a percentile nor a failure rate",
        ),
        ({"Escalations": {"Warn": level(5, operator="LessThanThreshold")}}, "it compares with LessThanThreshold"),
        ({"Escalations": {}}, "it has no level that a spec knows, such as an expression over several metrics"),
        ({"ContactGroups": ""}, "it notifies nobody"),
        ({"Resources": '[{"dimension":"flow=诗"}]'}, "'诗' holds no letters or digits for a flow id"),
    ],
)
def test_a_rule_that_no_spec_can_say_is_named_with_the_reason(change, reason):
    with pytest.raises(NotSayable) as told:
        watched(rule(**change))
    assert str(told.value) == reason
    assert specs([rule(**change)]).left_out == [f"poem slow: {reason}"]


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({"MetricName": "response_time"}, "the metric states no unit; milliseconds are assumed"),
        ({"EnableState": False}, "the rule is disabled; this alarm is not"),
        ({"Period": "120"}, "the rule's period is 120 s; 1m is taken"),
        ({"EffectiveInterval": "08:00-20:00"}, "the effective interval '08:00-20:00' is not taken over"),
        (
            {"Escalations": {"Warn": level(5, operator="GreaterThanOrEqualToThreshold")}},
            "the rule fires at its threshold, this alarm above it",
        ),
        (
            {"Escalations": {"Critical": level(8, times=5), "Warn": level(5, times=3)}},
            "the rule's levels wait for different times; the longest is taken",
        ),
    ],
)
def test_what_is_not_exactly_the_same_stands_above_the_spec(change, remark):
    text = specs([rule(**change)]).files["monitors/poem-generator-v1.yaml"]
    assert f"# poem slow: {remark}\n" in text


def test_a_rule_that_a_spec_says_exactly_needs_no_remark():
    assert watched(rule()).remarks == ()


def test_rules_that_notify_different_groups_are_remarked_on():
    other = rule(RuleId="r2", RuleName="poem slower", ContactGroups="oncall", Escalations={"Critical": level(9000)})
    text = specs([rule(), other]).files["monitors/poem-generator-v1.yaml"]
    assert "# poem slower: the flow's rules notify different groups; all of them are named\n" in text


@pytest.mark.parametrize(
    ("metric", "threshold", "spoken"),
    [
        ("latency_ms", 1500, "1.5s"),
        ("latency_ms", 5000, "5s"),
        ("latency_seconds", 8, "8s"),
        ("latency_seconds", 0.5, "500ms"),
        ("error_ratio", 0.05, "5%"),
        ("fail_rate", 2.5, "2.5%"),
    ],
)
def test_a_threshold_is_said_with_its_unit(metric, threshold, spoken):
    statistics = "Average" if "_r" in metric else "P95"
    one = watched(rule(MetricName=metric, Escalations={"Critical": level(threshold, statistics=statistics)}))
    assert one.alarm["critical"] == spoken


def test_a_percentile_in_the_metrics_name_counts_where_the_statistic_says_nothing():
    one = watched(rule(MetricName="latency_p99_ms", Escalations={"Critical": level(1, statistics="Value")}))
    assert one.signal == "p99"


def test_working_hours_are_taken_over(tmp_path):
    (monitor,) = loaded(tmp_path, rule(EffectiveInterval="09:00-20:00 +0800 dayofweek 1,2,5")).monitors
    hours = next(one.hours for one in monitor.conditions if one.alarm == "p95")
    assert (hours.days, hours.start_minute, hours.end_minute) == ((1, 2, 5), 540, 1200)


def test_without_a_dimension_that_names_a_flow_the_metric_does():
    assert watched(rule(Resources="", MetricName="custom/poem P95")).flow == "custom-poem-p95"


def test_a_flow_named_like_a_file_with_a_meaning_gets_another_name():
    found = specs([rule(Resources='[{"dimension":"flow=contacts"}]')])
    assert yaml.safe_load(found.files["monitors/contacts-flow.yaml"])["flow"] == "contacts-flow"


def test_an_account_without_such_rules_gives_no_file():
    assert specs([]).files == {}


def test_the_found_specs_take_the_place_of_the_example():
    answers = replace(Answers("shop"), port=9999)
    files = render(answers, specs([rule()]).files)
    assert "monitors/my-flow.yaml" not in files
    assert files["monitors/contacts.yaml"].startswith("groups:")


def test_rules_are_read_as_the_service_tells_them():
    running, end = running_cloud()
    cloud = Cloud(Access("cn-hangzhou", {"cms": running.address}, "HTTP", "key", "secret"))
    cloud._call("cms", "PutResourceMetricRule", AS_SENT)
    found = specs(cloud.rules("acs_customMetric_1000000000000001"))
    end()
    assert yaml.safe_load(found.files["monitors/poem.yaml"])["alarms"]["p95"]["critical"] == "8s"


AS_SENT = {
    "RuleId": "hand-made",
    "RuleName": "poem slow",
    "Namespace": "acs_customMetric_1000000000000001",
    "MetricName": "response_time_ms",
    "Resources": '[{"groupId":"0","dimension":"flow=poem"}]',
    "ContactGroups": "oncall",
    "Escalations.Critical.Statistics": "P95",
    "Escalations.Critical.ComparisonOperator": "GreaterThanThreshold",
    "Escalations.Critical.Threshold": "8000",
    "Escalations.Critical.Times": "3",
}


@pytest.mark.parametrize(
    ("period", "times", "said"),
    [("60", 3, ("1m", "3m")), ("300", 2, ("5m", "10m")), ("900", 1, ("5m", "15m")), ("240", 2, ("1m", "8m"))],
)
def test_the_time_that_a_rule_waits_is_kept_in_periods_of_one_or_five_minutes(period, times, said):
    one = watched(rule(Period=period, Escalations={"Critical": level(1, times=times)}))
    assert (one.alarm["period"], one.alarm["for"]) == said


def test_the_same_remark_on_two_levels_is_made_once():
    assert len(watched(rule(MetricName="response_time")).remarks) == 1


def test_a_number_of_errors_is_no_rate_of_them():
    with pytest.raises(NotSayable, match="neither a percentile nor a failure rate"):
        watched(rule(MetricName="errors", Escalations={"Critical": level(5, statistics="Sum")}))


@pytest.mark.parametrize(("named", "legal"), [("ab", True), ("a", False)])
def test_a_flow_id_has_at_least_two_characters(named, legal):
    found = specs([rule(Resources=f'[{{"dimension":"flow={named}"}}]')])
    assert (f"monitors/{named}.yaml" in found.files) is legal
