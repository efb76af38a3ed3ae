import pytest

ESCALATION = {"Statistics": "Average", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5", "Times": "3"}


@pytest.mark.parametrize("name", ["RuleId", "RuleName", "Namespace", "MetricName", "ContactGroups", "Resources"])
def test_a_mandatory_part_is_named_when_it_is_missing(cloud, name):
    assert cloud.put_rule(**{name: None}).code == f"Missing{name}"


@pytest.mark.parametrize(
    "change",
    [
        {"Escalations": None},
        {"Escalations": {"Critical": {**ESCALATION, "Times": "0"}}},
        {"Escalations": {"Critical": {"Statistics": "Average"}}},
        {"Escalations": {"Critical": {**ESCALATION, "ComparisonOperator": ">"}}},
        {"Escalations": "x"},
        {"Resources": "flow=a"},
        {"Resources": '{"groupId": "0"}'},
        {"Escalations": {"Critical": {**ESCALATION, "Threshold": "nan"}}},
        {"Escalations": {"Critical": {**ESCALATION, "Threshold": "1e999"}}},
        {"Interval": "often"},
        {"Period": "90"},
        {"Period": "0"},
        {"SilenceTime": "299"},
        {"SilenceTime": "86401"},
        {"SilenceTime": "soon"},
        {"NoDataPolicy": "IGNORE"},
        {"Prometheus": "[1]"},
        {"Labels": ["x"]},
        {"CompositeExpression": '{"Level": "CRITICAL"}'},
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_not_kept(cloud, change):
    answer = cloud.put_rule(**change)
    assert (answer.status, answer.code) == (400, "ParameterInvalid")
    assert cloud.door("rules") == []


@pytest.mark.parametrize("silence", ["300", "86400"])
def test_the_ends_of_the_silence_range_are_allowed(cloud, silence):
    assert cloud.put_rule(SilenceTime=silence).status == 200


def test_a_level_whose_parts_are_all_empty_is_not_there(cloud):
    cloud.put_rule(Escalations={"Critical": ESCALATION, "Info": dict.fromkeys(ESCALATION, "")})
    (rule,) = cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"]
    assert list(rule["Escalations"]) == ["Critical"]


def test_the_list_is_filtered_and_paged(cloud):
    for number in range(12):
        cloud.put_rule(RuleId=f"r{number}", MetricName="even" if number % 2 == 0 else "odd")
    first = cloud.rpc("DescribeMetricRuleList").body
    assert (first["Total"], len(first["Alarms"]["Alarm"])) == ("12", 10)
    assert len(cloud.rpc("DescribeMetricRuleList", Page=2).body["Alarms"]["Alarm"]) == 2
    assert cloud.rpc("DescribeMetricRuleList", MetricName="odd").body["Total"] == "6"
    both = cloud.rpc("DescribeMetricRuleList", RuleIds="r3,r5,nobody").body["Alarms"]["Alarm"]
    assert [rule["RuleId"] for rule in both] == ["r3", "r5"]


def test_a_disabled_rule_is_found_by_its_state(cloud):
    cloud.put_rule()
    cloud.rpc("DisableMetricRules", RuleId=["r"])
    assert cloud.rpc("DescribeMetricRuleList", EnableState="false").body["Total"] == "1"
    assert cloud.rpc("DescribeMetricRuleList", EnableState="true").body["Total"] == "0"
    assert cloud.rpc("EnableMetricRules", RuleId=["nobody"]).code == "ResourceNotFound"


def test_a_rule_on_the_series_of_a_group_belongs_to_that_group(cloud):
    cloud.put_rule(Resources='[{"groupId": "77"}]')
    assert cloud.rpc("DescribeMetricRuleList", GroupId="77").body["Total"] == "1"


@pytest.mark.parametrize(("periods", "period"), [((300,), "300"), ((300, 60), "60"), ((), "60")])
def test_a_rule_without_a_period_has_that_of_the_reports(cloud, periods, period):
    entry = {"GroupId": "0", "MetricName": "m", "Type": 1, "Values": '{"P95": 1}', "Dimensions": "{}"}
    for reported in periods:
        cloud.rpc("PutCustomMetric", MetricList=[{**entry, "Period": reported}])
    cloud.rpc("PutCustomMetric", MetricList=[{**entry, "GroupId": "7", "Period": 60}])
    cloud.put_rule()
    (rule,) = cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"]
    assert rule["Period"] == period


def test_a_custom_rule_has_one_level_written_with_symbols(cloud):
    entry = {"GroupId": "0", "MetricName": "m", "Type": 1, "Period": 60, "Values": '{"P95": 1}', "Dimensions": "{}"}
    wanted = {"RuleId": "r", "MetricName": "m", "ContactGroups": "g", "Resources": '[{"groupId": "0"}]'}
    wanted |= {"Level": "WARN", "Statistics": "P95", "ComparisonOperator": ">=", "Threshold": "5", "EvaluationCount": 3}
    assert cloud.rpc("PutCustomMetricRule", **wanted).code == "ResourceNotFound"
    cloud.rpc("PutCustomMetric", MetricList=[entry])
    assert cloud.rpc("PutCustomMetricRule", **wanted).code == "200"
    (rule,) = cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"]
    assert rule["Namespace"] == "acs_customMetric_1000000000000001"
    assert rule["Escalations"] == {
        "Warn": {
            "Statistics": "P95",
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": "5",
            "Times": 3,
        }
    }


def test_a_sixth_target_is_one_too_many(cloud):
    cloud.put_rule()
    targets = [{"Id": str(n), "Arn": "acs:log:x"} for n in range(6)]
    assert cloud.rpc("PutMetricRuleTargets", RuleId="r", Targets=targets[:5]).status == 200
    assert cloud.rpc("PutMetricRuleTargets", RuleId="r", Targets=targets[5:]).code == "ExceedingQuota"


@pytest.mark.parametrize("name", ["a", "a" * 41, "", "中"])
def test_a_contact_name_has_2_to_40_characters(cloud, name):
    assert cloud.rpc("PutContact", ContactName=name, Describe="d").status == 400
    assert cloud.rpc("PutContact", ContactName="a" * 40, Describe="d").status == 200
    assert cloud.rpc("PutContact", ContactName="中文", Describe="d").status == 200


@pytest.mark.parametrize("change", [{"Channels": "mail"}, {"Channels": {"Pigeon": "x"}}, {"Lang": "fr"}])
def test_a_contact_that_cannot_be_is_refused(cloud, change):
    answer = cloud.rpc("PutContact", **{"ContactName": "alice", "Describe": "d", **change})
    assert (answer.status, answer.code) == (400, "ParameterInvalid")


def test_two_monitor_groups_of_one_name_are_refused(cloud):
    assert [cloud.rpc("CreateMonitorGroup", GroupName="g").status for _ in range(2)] == [200, 400]


def test_a_deleted_contact_leaves_its_groups(cloud):
    cloud.rpc("PutContact", ContactName="alice", Describe="d")
    cloud.rpc("PutContactGroup", ContactGroupName="g", ContactNames=["alice", "bob"])
    (contact,) = cloud.rpc("DescribeContactList").body["Contacts"]["Contact"]
    assert contact["ContactGroups"] == {"ContactGroup": ["g"]}
    cloud.rpc("DeleteContact", ContactName="alice")
    (group,) = cloud.rpc("DescribeContactGroupList").body["ContactGroupList"]["ContactGroup"]
    assert group["Contacts"] == {"Contact": ["bob"]}


def test_a_rule_over_a_prometheus_query_names_no_series(cloud):
    query = '{"Level": "Warn", "PromQL": "a > 1", "Times": 2}'
    change = {"Namespace": "acs_prometheus", "Resources": None, "Escalations": None, "Prometheus": query}
    assert cloud.put_rule(**change).status == 200
    (rule,) = cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"]
    expected = {"Level": "Warn", "PromQL": "a > 1", "Times": 2, "Annotations": {"Annotations": []}}
    assert (rule["Resources"], rule["Prometheus"]) == ("", expected)
