"""Each switch: its position changes exactly the behaviour that it names."""

import json

import pytest

from flowvigil.emulator.switches import BY_NAME, TABLE, Switches

ESCALATION = {"Statistics": "Average", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5", "Times": "3"}
POINT = {"GroupId": "0", "MetricName": "m", "Type": 1, "Period": 60, "Values": '{"P95": 1}', "Dimensions": "{}"}


def turn(cloud, name, value):
    return cloud.door("switches", {"name": name, "value": value})


def test_the_door_shows_every_switch_with_its_basis_and_position(cloud):
    shown = {one["name"]: one for one in cloud.door("switches")}
    assert set(shown) == set(BY_NAME)
    assert all(one["basis"] and one["meaning"] for one in shown.values())
    assert shown["entries_per_call"]["now"] == "100"


@pytest.mark.parametrize(("name", "value"), [("nobody", "on"), ("group_zero", "maybe"), ("series_quota", "many")])
def test_a_switch_or_value_that_does_not_exist_is_refused_with_what_does(cloud, name, value):
    assert "error" in turn(cloud, name, value)


def test_both_profiles_take_positions_that_exist():
    for switch in TABLE:
        for position in (switch.lenient, switch.pessimistic):
            Switches().change(switch.name, position)


def test_percentiles_are_refused_on_custom_metrics_and_averages_are_not(cloud):
    turn(cloud, "custom_statistics", "no_percentiles")
    refused = cloud.put_rule(Escalations={"Critical": {**ESCALATION, "Statistics": "P95"}})
    assert "P95 is not registered" in refused.body["Message"]
    assert cloud.put_rule(Escalations={"Critical": {**ESCALATION, "Statistics": "Maximum"}}).status == 200


def test_only_the_average_is_left_in_the_strictest_position(cloud):
    turn(cloud, "custom_statistics", "average")
    assert cloud.put_rule(Escalations={"Critical": {**ESCALATION, "Statistics": "Maximum"}}).status == 400
    assert cloud.put_rule().status == 200


def test_a_rule_waits_for_data(cloud):
    turn(cloud, "rule_needs_data", "on")
    assert cloud.put_rule().code == "ResourceNotFound"
    cloud.rpc("PutCustomMetric", MetricList=[POINT])
    assert cloud.put_rule().status == 200


def test_a_rule_waits_for_its_contact_groups(cloud):
    turn(cloud, "rule_needs_group", "on")
    assert cloud.put_rule().code == "ContactGroup.NotExists"
    cloud.rpc("PutContactGroup", ContactGroupName="g")
    assert cloud.put_rule().status == 200


def test_group_zero_is_refused(cloud):
    turn(cloud, "group_zero", "refuse")
    assert cloud.put_rule().status == 400
    assert cloud.put_rule(Resources='[{"groupId": "7"}]').status == 200


def test_resources_are_written_anew(cloud):
    turn(cloud, "resources_text", "reserialised")
    cloud.put_rule(Resources='[{"groupId": "0", "dimension": "flow=a"}]')
    (rule,) = cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"]
    assert rule["Resources"] == '[{"dimension":"flow=a","groupId":"0"}]'


def test_mail_stays_hidden_until_a_person_confirms_and_dingtalk_does_not(cloud):
    turn(cloud, "contact_activation", "on")
    cloud.rpc("PutContact", ContactName="alice", Describe="d", Channels={"Mail": "a@b.c", "DingWebHook": "https://d/x"})
    (contact,) = cloud.rpc("DescribeContactList").body["Contacts"]["Contact"]
    assert contact["Channels"] == {"DingWebHook": "https://d/x"}
    assert contact["ChannelsState"] == {"Mail": "PENDING", "DingWebHook": "OK"}


def test_members_of_a_contact_group_must_exist(cloud):
    assert cloud.rpc("PutContactGroup", ContactGroupName="g", ContactNames=["nobody"]).status == 200
    turn(cloud, "contact_exists", "on")
    assert cloud.rpc("PutContactGroup", ContactGroupName="h", ContactNames=["nobody"]).code == "ContactNotExists"


def test_what_a_twice_leaves_out_is_kept_or_reset(cloud):
    def twice():
        cloud.rpc("PutContactGroup", ContactGroupName="g", ContactNames=["a"], Describe="d")
        cloud.rpc("PutContactGroup", ContactGroupName="g", Describe="e")
        return cloud.rpc("DescribeContactGroupList").body["ContactGroupList"]["ContactGroup"][0]["Contacts"]["Contact"]

    assert twice() == ["a"]
    turn(cloud, "put_omitted", "reset")
    assert twice() == []


@pytest.mark.parametrize(("position", "values"), [("last", {"P95": 2}), ("first", {"P95": 1}), ("merge", {"P95": 2})])
def test_of_two_points_of_one_minute_one_counts(cloud, position, values):
    turn(cloud, "duplicates", position)
    for number in (1, 2):
        cloud.rpc("PutCustomMetric", MetricList=[{**POINT, "Values": f'{{"P95": {number}}}'}])
    assert [point["values"] for point in cloud.door("datapoints")] == [values]


def test_a_point_is_seen_only_after_its_delay(cloud):
    def seen():
        asked = {"Namespace": "acs_customMetric_1000000000000001", "MetricName": "m"}
        return len(json.loads(cloud.rpc("DescribeMetricList", **asked).body["Datapoints"]))

    turn(cloud, "ingestion_delay_s", "60")
    cloud.rpc("PutCustomMetric", MetricList=[POINT])
    now = cloud.world.now()
    counts = []
    for later in (0, 59_999, 60_000):
        cloud.world.now = lambda later=later: now + later
        counts.append(seen())
    assert counts == [0, 0, 1]


def test_raw_points_are_refused_with_the_documented_message(cloud):
    turn(cloud, "raw_points", "refuse")
    answer = cloud.rpc("PutCustomMetric", MetricList=[{**POINT, "Type": 0, "Values": '{"value": 1}'}])
    assert answer.code == "206"
    assert answer.body["Message"] == "not allowed original value, please upgrade service"


def test_the_series_quota_refuses_new_series_and_takes_known_ones(cloud):
    turn(cloud, "series_quota", "1")
    cloud.rpc("PutCustomMetric", MetricList=[POINT])
    answer = cloud.rpc("PutCustomMetric", MetricList=[{**POINT, "MetricName": "other"}, POINT])
    assert (answer.code, answer.body["Message"]) == ("206", "reach max time series num")
    assert cloud.rpc("PutCustomMetric", MetricList=[POINT]).code == "200"


def test_the_status_that_goes_with_206_can_be_chosen(cloud):
    turn(cloud, "partial_http_status", "400")
    answer = cloud.rpc("PutCustomMetric", MetricList=[{**POINT, "Type": 7}])
    assert (answer.status, answer.code, answer.body["Message"]) == (400, "206", "type is invalid")


def test_the_number_of_entries_can_be_held_to_the_api_page(cloud):
    assert cloud.rpc("PutCustomMetric", MetricList=[POINT] * 22).status == 200
    turn(cloud, "entries_per_call", "21")
    assert cloud.rpc("PutCustomMetric", MetricList=[POINT] * 22).status == 400
    assert cloud.rpc("PutCustomMetric", MetricList=[POINT] * 21).status == 200


@pytest.mark.parametrize(("switch", "call"), [("rule_quota", "rule"), ("contact_quota", "contact")])
def test_small_quotas_count_objects_and_allow_changes_of_old_ones(cloud, switch, call):
    def make(name):
        if call == "rule":
            return cloud.put_rule(RuleId=name).code
        return cloud.rpc("PutContact", ContactName=name, Describe="d").code

    turn(cloud, switch, "1")
    assert [make("one"), make("two"), make("one")] == ["200", "ExceedingQuota", "200"]


def test_a_twenty_first_call_in_a_second_is_throttled_and_the_next_second_is_free(cloud):
    turn(cloud, "qps_limits", "on")
    codes = [cloud.rpc("DescribeContactList").code for _ in range(21)]
    assert codes == ["200"] * 20 + ["Throttling.User"]
    later = cloud.world.now() + 1000
    cloud.world.now = lambda: later
    assert cloud.rpc("DescribeContactList").code == "200"


def test_the_rules_of_a_deleted_group_can_stay(cloud):
    turn(cloud, "delete_group_rules", "off")
    number = cloud.rpc("CreateMonitorGroup", GroupName="flows").body["GroupId"]
    cloud.put_rule(Resources=f'[{{"groupId": "{number}"}}]')
    cloud.rpc("DeleteMonitorGroup", GroupId=number)
    assert len(cloud.door("rules")) == 1


def test_a_project_takes_as_many_alerts_as_its_limit(cloud):
    turn(cloud, "alerts_per_project", "1")
    cloud.sls("POST", "", "/", {"projectName": "my-logs"})
    alert = {
        "displayName": "d",
        "configuration": {"queryList": [{}]},
        "schedule": {"type": "FixedRate", "interval": "1m"},
    }
    codes = [cloud.sls("POST", "my-logs", "/alerts", {**alert, "name": name}).status for name in ("a1", "a2")]
    assert codes == [200, 400]


def test_the_hundred_and_first_alert_of_a_project_is_refused_as_the_limits_page_says(cloud):
    cloud.sls("POST", "", "/", {"projectName": "my-logs"})
    alert = {
        "displayName": "d",
        "configuration": {"queryList": [{}]},
        "schedule": {"type": "FixedRate", "interval": "1m"},
    }
    answers = [cloud.sls("POST", "my-logs", "/alerts", {**alert, "name": f"a{n:03d}"}) for n in range(101)]
    assert [one.status for one in answers] == [200] * 100 + [400]
    assert (answers[-1].code, answers[-1].body["errorMessage"]) == (
        "ExceedQuota",
        "the project holds 100 alerts already",
    )
