import pytest

NS = "acs_customMetric_1000000000000001"
ESCALATION = {"Statistics": "P95", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5000", "Times": "3"}


def rule(name, metric="response_time", **more):
    base = {"RuleName": name, "MetricName": metric, "Namespace": NS, "Category": "customMetric"}
    return {**base, "Escalations": {"Critical": ESCALATION}, **more}


@pytest.fixture
def group(cloud):
    return cloud.rpc("CreateMonitorGroup", GroupName="flow-a", ContactGroups="oncall,team").body["GroupId"]


def template(cloud, *rules, name="t"):
    return cloud.rpc("CreateMetricRuleTemplate", Name=name, AlertTemplates=list(rules)).body["Id"]


def apply(cloud, template_id, group, **options):
    options = {"ApplyMode": "ALARM_TEMPLATE_FIRST", **options}
    return cloud.rpc("ApplyMetricRuleTemplate", TemplateIds=template_id, GroupId=group, **options)


def names(cloud):
    return sorted(one["RuleName"] for one in cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"])


def test_applying_makes_rules_of_the_group(cloud, group):
    options = {"SilenceTime": "3600", "Webhook": "http://r/h", "EnableStartTime": "09", "EnableEndTime": "20"}
    answer = apply(cloud, template(cloud, rule("p95")), group, **options)
    (outcome,) = answer.body["Resource"]["AlertResults"]
    (made,) = cloud.rpc("DescribeMetricRuleList", RuleIds=outcome["RuleId"]).body["Alarms"]["Alarm"]
    assert outcome["Success"]
    assert outcome["RuleId"].startswith("applyTemplate")
    assert (made["SourceType"], made["GroupId"], made["ContactGroups"]) == ("TEMPLATE", str(group), "oncall,team")
    assert (made["Period"], made["SilenceTime"], made["Webhook"]) == ("60", "3600", "http://r/h")
    assert made["EffectiveInterval"] == "09:00-20:59"
    assert made["Escalations"]["Critical"] == {**ESCALATION, "Times": 3}


def test_a_made_rule_names_every_series_of_the_group(cloud, group):
    entry = {"GroupId": group, "MetricName": "response_time", "Type": 1, "Period": 60, "Values": '{"P95": 1}'}
    for flow in ("b", "a"):
        cloud.rpc("PutCustomMetric", MetricList=[{**entry, "Dimensions": f'{{"flow": "{flow}"}}'}])
    apply(cloud, template(cloud, rule("p95")), group)
    (made,) = cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"]
    series = f'[{{"groupId":"{group}","dimension":"flow=a"}},{{"groupId":"{group}","dimension":"flow=b"}}]'
    assert made["Resources"] == made["Dimensions"] == series


def test_group_instance_first_leaves_out_metrics_without_data_and_says_so(cloud, group):
    answer = apply(cloud, template(cloud, rule("p95")), group, ApplyMode="GROUP_INSTANCE_FIRST")
    assert [one["Success"] for one in answer.body["Resource"]["AlertResults"]] == [False]
    assert answer.body["Success"] is True
    assert names(cloud) == []


def test_applying_again_replaces_all_template_rules_of_the_group_and_no_others(cloud, group):
    direct = {**rule("direct"), "RuleId": "mine", "ContactGroups": "oncall", "Resources": f'[{{"groupId":"{group}"}}]'}
    cloud.rpc("PutResourceMetricRule", **direct)
    apply(cloud, template(cloud, rule("old1"), rule("old2"), name="t1"), group)
    apply(cloud, template(cloud, rule("new"), name="t2"), group)
    assert names(cloud) == ["direct", "new"]


def test_append_mode_keeps_what_was_there(cloud, group):
    apply(cloud, template(cloud, rule("old"), name="t1"), group)
    apply(cloud, template(cloud, rule("new"), name="t2"), group, AppendMode="append")
    assert names(cloud) == ["new", "old"]


def test_deleting_a_template_leaves_its_rules_and_deleting_the_group_removes_them(cloud, group):
    number = template(cloud, rule("p95"))
    apply(cloud, number, group)
    cloud.rpc("DeleteMetricRuleTemplate", TemplateId=number)
    assert names(cloud) == ["p95"]
    cloud.rpc("DeleteMonitorGroup", GroupId=group)
    assert names(cloud) == []


def test_template_rules_follow_the_contact_groups_of_their_group(cloud, group):
    apply(cloud, template(cloud, rule("p95")), group)
    cloud.rpc("ModifyMonitorGroup", GroupId=group, GroupName="flow-a", ContactGroups="other")
    (made,) = cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"]
    assert made["ContactGroups"] == "other"


def test_a_rule_that_the_service_refuses_is_told_while_the_others_are_made(cloud, group):
    number = template(cloud, rule("fine"), rule("bad", metric="other"))
    cloud.door("switches", {"name": "rule_needs_data", "value": "on"})
    entry = {"GroupId": group, "MetricName": "response_time", "Type": 1, "Period": 60, "Values": '{"P95": 1}'}
    cloud.rpc("PutCustomMetric", MetricList=[{**entry, "Dimensions": "{}"}])
    outcomes = apply(cloud, number, group).body["Resource"]["AlertResults"]
    assert [(one["RuleName"], one["Success"]) for one in outcomes] == [("fine", True), ("bad", False)]
    assert names(cloud) == ["fine"]


def test_the_rest_version_must_match_and_grows(cloud):
    number = template(cloud, rule("a"))
    stale = cloud.rpc("ModifyMetricRuleTemplate", TemplateId=number, RestVersion=3, Description="x")
    assert (stale.status, stale.code) == (400, "ResourceConflict")
    assert cloud.rpc("ModifyMetricRuleTemplate", TemplateId=number, RestVersion=0, Description="x").status == 200
    body = cloud.rpc("DescribeMetricRuleTemplateAttribute", TemplateId=number).body["Resource"]
    assert (body["RestVersion"], body["Description"]) == ("1", "x")


def test_a_template_holds_thirty_rules_and_no_more(cloud):
    thirty = [rule(str(n)) for n in range(30)]
    assert cloud.rpc("CreateMetricRuleTemplate", Name="t", AlertTemplates=thirty).status == 200
    refused = cloud.rpc("CreateMetricRuleTemplate", Name="u", AlertTemplates=[*thirty, rule("x")])
    assert refused.code == "ExceedingQuota"


def test_an_account_holds_a_hundred_templates_and_no_more(cloud):
    for number in range(100):
        assert template(cloud, rule("a"), name=f"t{number}")
    assert cloud.rpc("CreateMetricRuleTemplate", Name="t100", AlertTemplates=[rule("a")]).code == "ExceedingQuota"


def test_the_pessimistic_profile_refuses_custom_metrics_in_templates(cloud):
    cloud.world.switches.profile = "pessimistic"
    refused = cloud.rpc("CreateMetricRuleTemplate", Name="t", AlertTemplates=[rule("a")])
    assert (refused.status, refused.code) == (400, "ParameterInvalid")
    assert "custom metrics" in refused.body["Message"]


@pytest.mark.parametrize(
    "change",
    [
        {"MetricName": ""},
        {"Escalations": {"Critical": {**ESCALATION, "ComparisonOperator": "EqualToThreshold"}}},
        {"Escalations": {"Critical": {**ESCALATION, "Threshold": "much"}}},
        {"Escalations": {"Fatal": ESCALATION}},
    ],
)
def test_a_template_rule_that_cannot_be_is_refused(cloud, change):
    answer = cloud.rpc("CreateMetricRuleTemplate", Name="t", AlertTemplates=[rule("a", **change)])
    assert (answer.status, answer.code) == (400, "ParameterInvalid")
