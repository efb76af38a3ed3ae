"""Every kind of object: written, read back as written, deleted, then not found."""

import json

import pytest

CRITICAL = {"Statistics": "Average", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5", "Times": "3"}
RULE = {
    "RuleId": "r-1",
    "RuleName": "slow",
    "Namespace": "acs_customMetric_1000000000000001",
    "MetricName": "m",
    "ContactGroups": "g1,g2",
    "Resources": '[{"groupId": "0", "dimension": "flow=a"}]',
    "Escalations": {"Critical": CRITICAL},
}
TRUST = json.dumps({"Version": "1", "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {}}]})
POLICY = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["cms:*"], "Resource": ["*"]}]})


def test_a_contact_is_read_back_as_written(cloud):
    cloud.rpc("PutContact", ContactName="alice", Describe="on call", Lang="en", Channels={"Mail": "a@b.c"})
    (contact,) = cloud.rpc("DescribeContactList", ContactName="alice").body["Contacts"]["Contact"]
    assert (contact["Name"], contact["Desc"], contact["Lang"]) == ("alice", "on call", "en")
    assert contact["Channels"] == {"Mail": "a@b.c"}
    assert contact["ChannelsState"] == {"Mail": "OK"}


def test_a_deleted_contact_is_gone_and_deleting_it_again_says_so(cloud):
    cloud.rpc("PutContact", ContactName="alice", Describe="d")
    assert cloud.rpc("DeleteContact", ContactName="alice").code == "200"
    assert cloud.rpc("DescribeContactList", ContactName="alice").body["Total"] == 0
    again = cloud.rpc("DeleteContact", ContactName="alice")
    assert (again.status, again.code) == (404, "ContactNotExists")


def test_a_contact_group_is_read_back_and_deleted(cloud):
    cloud.rpc("PutContactGroup", ContactGroupName="g", ContactNames=["b", "a"], Describe="d", EnableSubscribed="false")
    body = cloud.rpc("DescribeContactGroupList").body
    (group,) = body["ContactGroupList"]["ContactGroup"]
    assert body["ContactGroups"]["ContactGroup"] == ["g"]
    assert group["Contacts"]["Contact"] == ["b", "a"]
    assert (group["Describe"], group["EnableSubscribed"]) == ("d", False)
    assert cloud.rpc("DeleteContactGroup", ContactGroupName="g").status == 200
    assert cloud.rpc("DescribeContactGroupList").body["Total"] == 0
    assert cloud.rpc("DeleteContactGroup", ContactGroupName="g").status == 404


def test_a_monitor_group_has_a_number_and_is_read_back(cloud):
    number = cloud.rpc("CreateMonitorGroup", GroupName="flows", ContactGroups="g1,g2").body["GroupId"]
    (group,) = cloud.rpc("DescribeMonitorGroups", GroupId=number).body["Resources"]["Resource"]
    assert isinstance(number, int)
    assert (group["GroupId"], group["GroupName"]) == (number, "flows")
    assert group["ContactGroups"] == {"ContactGroup": [{"Name": "g1"}, {"Name": "g2"}]}
    assert group["Tags"] == {"Tag": []}


def test_a_deleted_monitor_group_is_an_empty_list_with_code_200(cloud):
    number = cloud.rpc("CreateMonitorGroup", GroupName="flows").body["GroupId"]
    cloud.rpc("DeleteMonitorGroup", GroupId=number)
    answer = cloud.rpc("DescribeMonitorGroups", GroupId=number)
    assert (answer.code, answer.body["Resources"]["Resource"]) == ("200", [])


def test_tags_of_a_monitor_group_are_added_and_removed_by_key(cloud):
    number = cloud.rpc("CreateMonitorGroup", GroupName="flows").body["GroupId"]
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    cloud.rpc("AddTags", GroupIds=[number], Tag=tags)
    cloud.rpc("RemoveTags", GroupIds=[number], Tag=[{"Key": "a", "Value": "1"}])
    (group,) = cloud.rpc("DescribeMonitorGroups", GroupId=number).body["Resources"]["Resource"]
    assert group["Tags"]["Tag"] == [{"Key": "b", "Value": "2"}]


def test_a_rule_is_read_back_with_its_defaults(cloud):
    cloud.rpc("PutResourceMetricRule", **RULE, Labels=[{"Key": "owner", "Value": "team"}])
    (rule,) = cloud.rpc("DescribeMetricRuleList", RuleIds="r-1").body["Alarms"]["Alarm"]
    assert rule["Resources"] == RULE["Resources"]
    assert rule["Escalations"] == {"Critical": {**CRITICAL, "Times": 3}}
    assert rule["Labels"] == {"Labels": [{"Key": "owner", "Value": "team"}]}
    assert (rule["EnableState"], rule["Period"], rule["SilenceTime"]) == (True, "60", "86400")
    assert (rule["NoDataPolicy"], rule["EffectiveInterval"]) == ("KEEP_LAST_STATE", "00:00-23:59")


def test_a_deleted_rule_is_an_empty_list(cloud):
    cloud.rpc("PutResourceMetricRule", **RULE)
    cloud.rpc("DeleteMetricRules", Id=["r-1"])
    assert cloud.rpc("DescribeMetricRuleList", RuleIds="r-1").body["Alarms"] == {"Alarm": []}


def test_a_second_put_resets_what_it_leaves_out_but_keeps_whether_the_rule_is_enabled(cloud):
    cloud.rpc("PutResourceMetricRule", **RULE, Webhook="http://x/y", NoDataPolicy="OK")
    cloud.rpc("DisableMetricRules", RuleId=["r-1"])
    cloud.rpc("PutResourceMetricRule", **RULE)
    (rule,) = cloud.rpc("DescribeMetricRuleList", RuleIds="r-1").body["Alarms"]["Alarm"]
    assert (rule["Webhook"], rule["NoDataPolicy"], rule["EnableState"]) == ("", "KEEP_LAST_STATE", False)


def test_targets_are_merged_by_id_and_removed(cloud):
    cloud.rpc("PutResourceMetricRule", **RULE)
    arn = "acs:log:cn-hangzhou:1:project/p/logstore/l"
    cloud.rpc("PutMetricRuleTargets", RuleId="r-1", Targets=[{"Id": "1", "Arn": arn}, {"Id": "2", "Arn": arn}])
    cloud.rpc("DeleteMetricRuleTargets", RuleId="r-1", TargetIds=["1"])
    targets = cloud.rpc("DescribeMetricRuleTargets", RuleId="r-1").body["Targets"]["Target"]
    assert targets == [{"Id": "2", "Arn": arn}]


def test_a_group_rule_takes_contact_groups_and_subject_from_its_group(cloud):
    number = cloud.rpc("CreateMonitorGroup", GroupName="flows", ContactGroups="g1").body["GroupId"]
    fields = {name: RULE[name] for name in ("RuleId", "RuleName", "Namespace", "MetricName", "Escalations")}
    cloud.rpc("PutGroupMetricRule", **fields, GroupId=number)
    (rule,) = cloud.rpc("DescribeMetricRuleList", RuleIds="r-1").body["Alarms"]["Alarm"]
    assert (rule["ContactGroups"], rule["MailSubject"], rule["GroupName"]) == ("g1", "slow", "flows")
    assert (rule["Dimensions"], rule["Period"], rule["SilenceTime"]) == ("[]", "60", "86400")


def test_a_template_is_read_back_string_by_string_without_invented_parts(cloud):
    rules = [{"RuleName": "a", "MetricName": "m", "Namespace": "acs_x", "Category": "ecs", "Webhook": ""}]
    number = cloud.rpc("CreateMetricRuleTemplate", Name="t", Description="d", AlertTemplates=rules).body["Id"]
    body = cloud.rpc("DescribeMetricRuleTemplateAttribute", TemplateId=number).body["Resource"]
    assert body["AlertTemplates"]["AlertTemplate"] == rules
    assert (body["Name"], body["Description"], body["RestVersion"]) == ("t", "d", "0")
    assert cloud.rpc("DeleteMetricRuleTemplate", TemplateId=number).status == 200
    assert cloud.rpc("DescribeMetricRuleTemplateAttribute", TemplateId=number).code == "ResourceNotFound"


def test_a_project_is_read_back_and_gone_after_its_deletion(cloud):
    cloud.sls("POST", "", "/", {"projectName": "my-logs", "description": "d"})
    found = cloud.sls("GET", "my-logs", "/").body
    assert (found["projectName"], found["description"], found["status"]) == ("my-logs", "d", "Normal")
    assert cloud.sls("DELETE", "my-logs", "/").status == 200
    gone = cloud.sls("GET", "my-logs", "/")
    assert (gone.status, gone.body["errorCode"], bool(gone.body["errorMessage"])) == (404, "ProjectNotExist", True)


@pytest.fixture
def store(cloud):
    cloud.sls("POST", "", "/", {"projectName": "my-logs"})
    assert (
        cloud.sls("POST", "my-logs", "/logstores", {"logstoreName": "runs", "ttl": 30, "shardCount": 3}).status == 200
    )
    return cloud


def test_a_logstore_is_read_back_and_gone_after_its_deletion(store):
    found = store.sls("GET", "my-logs", "/logstores/runs").body
    assert (found["logstoreName"], found["ttl"], found["shardCount"]) == ("runs", 30, 3)
    assert len(store.sls("GET", "my-logs", "/logstores/runs/shards").body) == 3
    assert store.sls("GET", "my-logs", "/logstores/runs/meteringmode").body == {"meteringMode": "ChargeByFunction"}
    assert store.sls("GET", "my-logs", "/logstores").body["logstores"] == ["runs"]
    store.sls("DELETE", "my-logs", "/logstores/runs")
    assert store.sls("GET", "my-logs", "/logstores/runs").body["errorCode"] == "LogStoreNotExist"


def test_an_index_is_absent_until_made_and_replaced_as_a_whole(store):
    path = "/logstores/runs/index"
    assert store.sls("GET", "my-logs", path).body["errorCode"] == "IndexConfigNotExist"
    assert store.sls("PUT", "my-logs", path, {"line": {"token": [","]}}).body["errorCode"] == "IndexConfigNotExist"
    store.sls("POST", "my-logs", path, {"line": {"token": [","]}, "keys": {"flow": {"type": "text"}}})
    store.sls("PUT", "my-logs", path, {"keys": {"flow": {"type": "text"}}})
    found = store.sls("GET", "my-logs", path).body
    assert "line" not in found
    assert found["keys"] == {"flow": {"type": "text"}}
    store.sls("DELETE", "my-logs", path)
    assert store.sls("GET", "my-logs", path).status == 404


def test_a_metric_store_has_an_inner_store_that_goes_with_it(store):
    store.sls("POST", "my-logs", "/logstores/runs/substores", {"name": "prom", "ttl": 30})
    assert store.sls("PUT", "my-logs", "/logstores/runs/substores/storage/ttl?ttl=60").status == 200
    assert store.sls("GET", "my-logs", "/logstores/runs/substores/prom").body == {"name": "prom", "ttl": 60}
    assert store.sls("GET", "my-logs", "/logstores/runs/substores/x").body["errorCode"] == "SubStoreNotExist"
    store.sls("DELETE", "my-logs", "/logstores/runs")
    assert "substore" not in store.door("objects")["1000000000000001"]


def test_a_dashboard_is_read_back_and_gone_after_its_deletion(store):
    board = {"dashboardName": "b", "displayName": "板", "charts": [{"title": "P95"}], "attribute": {"type": "grid"}}
    store.sls("POST", "my-logs", "/dashboards", board)
    assert store.sls("GET", "my-logs", "/dashboards/b").body == board
    assert store.sls("POST", "my-logs", "/dashboards", board).body["errorCode"] == "DashboardAlreadyExist"
    store.sls("PUT", "my-logs", "/dashboards/b", {**board, "charts": []})
    assert store.sls("GET", "my-logs", "/dashboards/b").body["charts"] == []
    store.sls("DELETE", "my-logs", "/dashboards/b")
    assert store.sls("GET", "my-logs", "/dashboards/b").body["errorCode"] == "DashboardNotExist"


ALERT = {
    "type": "Alert",
    "name": "slow-runs",
    "displayName": "slow",
    "configuration": {"queryList": [{"query": "* | select 1"}], "version": "2.0"},
    "schedule": {"type": "FixedRate", "interval": "1m"},
}


@pytest.mark.parametrize("path", ["/jobs", "/alerts"])
def test_an_alert_is_read_back_disabled_and_deleted_under_both_addresses(store, path):
    assert store.sls("POST", "my-logs", path, ALERT).status == 200
    found = store.sls("GET", "my-logs", f"{path}/slow-runs").body
    assert (found["configuration"], found["status"]) == (ALERT["configuration"], "ENABLED")
    store.sls("PUT", "my-logs", f"{path}/slow-runs?action=disable", {})
    assert store.sls("GET", "my-logs", f"{path}/slow-runs").body["state"] == "Disabled"
    store.sls("DELETE", "my-logs", f"{path}/slow-runs")
    assert store.sls("GET", "my-logs", f"{path}/slow-runs").body["errorCode"] == "JobNotExist"


def test_a_record_is_read_back_changed_and_deleted(cloud):
    path = "/resources/sls.alert.action_webhook/records"
    cloud.sls("POST", "", path, {"id": "robot", "tag": "t", "value": '{"url": "u"}'})
    cloud.sls("PUT", "", f"{path}/robot", {"id": "robot", "tag": "t2", "value": '{"url": "v"}'})
    found = cloud.sls("GET", "", f"{path}/robot").body
    assert (found["id"], found["tag"], found["value"]) == ("robot", "t2", '{"url": "v"}')
    cloud.sls("DELETE", "", f"{path}?ids=robot")
    assert cloud.sls("GET", "", f"{path}/robot").body["errorCode"] == "ResourceRecordNotExist"


def test_setting_up_alerting_makes_the_account_project_and_its_record(cloud):
    target = "/open-api?Action=InitUserAlertResource&Version=2019-10-23&AccessKeyId=k&Region=cn-hangzhou"
    assert cloud.send("POST", target, Host="httpsls.test").code == "200"
    record = cloud.sls("GET", "", "/resources/sls.alert.global_config/records/default_config").body
    project = "sls-alert-1000000000000001-cn-hangzhou"
    assert json.loads(record["value"])["config_detail"]["alert_center_log"]["region"] == "cn-hangzhou"
    assert cloud.sls("GET", project, "/logstores/internal-alert-center-log").status == 200


def test_a_role_and_a_policy_are_read_back_attached_and_deleted(cloud):
    cloud.rpc("CreatePolicy", "ram", PolicyName="reporter", PolicyDocument=POLICY, Description="d")
    role = cloud.rpc("CreateRole", "ram", RoleName="reporter", AssumeRolePolicyDocument=TRUST).body["Role"]
    cloud.rpc("AttachPolicyToRole", "ram", RoleName="reporter", PolicyName="reporter", PolicyType="Custom")
    held = cloud.rpc("ListPoliciesForRole", "ram", RoleName="reporter").body["Policies"]["Policy"]
    assert role["Arn"] == "acs:ram::1000000000000001:role/reporter"
    assert [(one["PolicyType"], one["PolicyName"]) for one in held] == [("Custom", "reporter")]
    assert cloud.rpc("DeleteRole", "ram", RoleName="reporter").code == "DeleteConflict.Role.Policy"
    cloud.rpc("DetachPolicyFromRole", "ram", RoleName="reporter", PolicyName="reporter", PolicyType="Custom")
    cloud.rpc("DeleteRole", "ram", RoleName="reporter")
    cloud.rpc("DeletePolicy", "ram", PolicyName="reporter")
    assert cloud.rpc("GetRole", "ram", RoleName="reporter").code == "EntityNotExist.Role"
    assert cloud.rpc("GetPolicy", "ram", PolicyName="reporter", PolicyType="Custom").code == "EntityNotExist.Policy"


def test_description_trust_and_session_of_a_role_change_one_by_one(cloud):
    cloud.rpc("CreateRole", "ram", RoleName="r", AssumeRolePolicyDocument=TRUST, Description="old")
    cloud.rpc("UpdateRole", "ram", RoleName="r", NewDescription="new")
    cloud.rpc("UpdateRole", "ram", RoleName="r", NewMaxSessionDuration="7200")
    cloud.rpc("UpdateRole", "ram", RoleName="r", NewAssumeRolePolicyDocument=POLICY)
    role = cloud.rpc("GetRole", "ram", RoleName="r").body["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("new", 7200)
    assert role["AssumeRolePolicyDocument"] == POLICY
    assert cloud.rpc("UpdateRole", "ram", RoleName="r", NewMaxSessionDuration="3599").status == 400


def test_the_description_of_a_policy_changes(cloud):
    cloud.rpc("CreatePolicy", "ram", PolicyName="p", PolicyDocument=POLICY, Description="old")
    cloud.rpc("UpdatePolicyDescription", "ram", PolicyName="p", NewDescription="new")
    body = cloud.rpc("GetPolicy", "ram", PolicyName="p", PolicyType="Custom").body
    assert body["Policy"]["Description"] == "new"


def test_a_policy_that_is_attached_goes_only_in_a_cascade(cloud):
    cloud.rpc("CreatePolicy", "ram", PolicyName="p", PolicyDocument=POLICY)
    cloud.rpc("CreateRole", "ram", RoleName="r", AssumeRolePolicyDocument=TRUST)
    cloud.rpc("AttachPolicyToRole", "ram", RoleName="r", PolicyName="p", PolicyType="Custom")
    held = cloud.rpc("ListEntitiesForPolicy", "ram", PolicyName="p", PolicyType="Custom").body["Roles"]["Role"]
    assert [role["RoleName"] for role in held] == ["r"]
    assert cloud.rpc("DeletePolicy", "ram", PolicyName="p").code == "DeleteConflict.Policy.Role"
    assert cloud.rpc("DeletePolicy", "ram", PolicyName="p", CascadingDelete="true").status == 200
    assert cloud.rpc("ListPoliciesForRole", "ram", RoleName="r").body["Policies"]["Policy"] == []


def test_a_new_version_of_a_policy_becomes_the_default(cloud):
    cloud.rpc("CreatePolicy", "ram", PolicyName="p", PolicyDocument=POLICY)
    other = POLICY.replace("cms", "log")
    cloud.rpc("CreatePolicyVersion", "ram", PolicyName="p", PolicyDocument=other, SetAsDefault="true")
    body = cloud.rpc("GetPolicy", "ram", PolicyName="p", PolicyType="Custom").body
    assert body["DefaultPolicyVersion"]["PolicyDocument"] == other
    assert body["Policy"]["DefaultVersion"] == "v2"


def test_a_sixth_version_goes_in_only_by_rotation_and_never_drops_the_default(cloud):
    cloud.rpc("CreatePolicy", "ram", PolicyName="p", PolicyDocument=POLICY)
    for _ in range(4):
        cloud.rpc("CreatePolicyVersion", "ram", PolicyName="p", PolicyDocument=POLICY)
    assert cloud.rpc("CreatePolicyVersion", "ram", PolicyName="p", PolicyDocument=POLICY).status == 409
    rotate = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
    cloud.rpc("CreatePolicyVersion", "ram", PolicyName="p", PolicyDocument=POLICY, RotateStrategy=rotate)
    found = cloud.rpc("ListPolicyVersions", "ram", PolicyName="p").body["PolicyVersions"]["PolicyVersion"]
    assert [version["VersionId"] for version in found] == ["v1", "v3", "v4", "v5", "v6"]


def test_tags_of_a_role_come_as_the_text_of_a_list(cloud):
    cloud.rpc("CreateRole", "ram", RoleName="r", AssumeRolePolicyDocument=TRUST, Tag='[{"Key":"a","Value":"1"}]')
    cloud.rpc("TagResources", "ram", ResourceType="role", ResourceNames='["r"]', Tag='[{"Key":"b","Value":"2"}]')
    cloud.rpc("UntagResources", "ram", ResourceType="role", ResourceNames='["r"]', TagKey=["a"])
    answer = cloud.rpc("ListTagResources", "ram", ResourceType="role", ResourceNames='["r"]')
    (tag,) = answer.body["TagResources"]["TagResource"]
    assert (tag["ResourceName"], tag["TagKey"], tag["TagValue"]) == ("r", "b", "2")


def test_tags_and_policy_of_a_project_are_read_back(cloud):
    cloud.sls("POST", "", "/", {"projectName": "my-logs"})
    tags = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    cloud.sls("POST", "", "/tag", {"resourceType": "PROJECT", "resourceId": ["my-logs"], "tags": tags})
    cloud.sls("POST", "", "/untag", {"resourceType": "PROJECT", "resourceId": ["my-logs"], "tags": ["a"]})
    answer = cloud.sls("GET", "", "/tags?resourceType=PROJECT&resourceId=%5B%22my-logs%22%5D")
    assert [(tag["tagKey"], tag["tagValue"]) for tag in answer.body["tagResources"]] == [("b", "2")]
    cloud.sls("POST", "my-logs", "/policy", {"Version": "1"})
    assert cloud.sls("GET", "my-logs", "/policy").body == {"Version": "1"}
    cloud.sls("DELETE", "my-logs", "/policy")
    assert cloud.sls("GET", "my-logs", "/policy").body == {}


def test_a_project_moves_to_another_resource_group(cloud):
    cloud.sls("POST", "", "/", {"projectName": "my-logs", "resourceGroupId": "rg-a", "description": "d"})
    moved = {"resourceType": "PROJECT", "resourceId": "my-logs", "resourceGroupId": "rg-b"}
    assert cloud.sls("PUT", "", "/resourcegroup", moved).status == 200
    cloud.sls("PUT", "my-logs", "/", {"description": "e"})
    found = cloud.sls("GET", "my-logs", "/").body
    assert (found["resourceGroupId"], found["description"]) == ("rg-b", "e")


def test_deleting_a_project_takes_everything_in_it_along(store):
    store.sls("POST", "my-logs", "/dashboards", {"dashboardName": "b", "charts": []})
    store.sls("POST", "my-logs", "/jobs", ALERT)
    store.sls("DELETE", "my-logs", "/")
    assert store.door("objects") == {}
