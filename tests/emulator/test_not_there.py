"""Whatever hangs on something that is not there is refused with the code that names it."""

import pytest

POLICY = '{"Version": "1", "Statement": []}'


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("PutMetricRuleTargets", {"RuleId": "r", "Targets": [{"Id": "1", "Arn": "a"}]}, "ResourceNotFound"),
        ("DeleteMetricRuleTargets", {"RuleId": "r", "TargetIds": ["1"]}, "ResourceNotFound"),
        ("EnableMetricRules", {"RuleId": ["r"]}, "ResourceNotFound"),
        ("ModifyMonitorGroup", {"GroupId": "1", "GroupName": "g"}, "ResourceNotFound"),
        ("DeleteMonitorGroup", {"GroupId": "1"}, "ResourceNotFound"),
        ("AddTags", {"GroupIds": ["1"], "Tag": [{"Key": "a"}]}, "ResourceNotFound"),
        ("RemoveTags", {"GroupIds": ["1"], "Tag": [{"Key": "a"}]}, "ResourceNotFound"),
        ("ModifyMetricRuleTemplate", {"TemplateId": "1", "RestVersion": "0"}, "ResourceNotFound"),
        ("DeleteMetricRuleTemplate", {"TemplateId": "1"}, "ResourceNotFound"),
        ("ApplyMetricRuleTemplate", {"TemplateIds": "1", "GroupId": "1"}, "ResourceNotFound"),
    ],
)
def test_a_call_of_cloudmonitor(cloud, action, params, code):
    answer = cloud.rpc(action, **params)
    assert (answer.status, answer.code) == (404, code)


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("GetRole", {"RoleName": "r"}, "EntityNotExist.Role"),
        ("UpdateRole", {"RoleName": "r"}, "EntityNotExist.Role"),
        ("DeleteRole", {"RoleName": "r"}, "EntityNotExist.Role"),
        ("ListPoliciesForRole", {"RoleName": "r"}, "EntityNotExist.Role"),
        ("AttachPolicyToRole", {"RoleName": "r", "PolicyName": "p", "PolicyType": "Custom"}, "EntityNotExist.Role"),
        ("DetachPolicyFromRole", {"RoleName": "r", "PolicyName": "p", "PolicyType": "Custom"}, "EntityNotExist.Role"),
        ("CreatePolicyVersion", {"PolicyName": "p", "PolicyDocument": POLICY}, "EntityNotExist.Policy"),
        ("ListPolicyVersions", {"PolicyName": "p"}, "EntityNotExist.Policy"),
        ("DeletePolicyVersion", {"PolicyName": "p", "VersionId": "v1"}, "EntityNotExist.Policy"),
        ("UpdatePolicyDescription", {"PolicyName": "p"}, "EntityNotExist.Policy"),
        ("DeletePolicy", {"PolicyName": "p"}, "EntityNotExist.Policy"),
        ("GetPolicy", {"PolicyName": "AliyunLogFullAccess", "PolicyType": "System"}, "EntityNotExist.Policy"),
    ],
)
def test_a_call_of_ram(cloud, action, params, code):
    answer = cloud.rpc(action, "ram", **params)
    assert (answer.status, answer.code) == (404, code)


@pytest.mark.parametrize("path", ["/logstores", "/dashboards", "/jobs", "/alerts", "/policy", "/logstores/l/shards"])
def test_a_list_of_a_project(cloud, path):
    assert cloud.sls("GET", "nowhere", path).body["errorCode"] == "ProjectNotExist"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("path", "code"), [("/logstores/l", "LogStore"), ("/dashboards/d", "Dashboard"), ("/jobs/j", "Job")]
)
def test_a_part_of_a_project(cloud, method, path, code):
    cloud.sls("POST", "", "/", {"projectName": "my-logs"})
    answer = cloud.sls(method, "my-logs", path, {})
    assert (answer.status, answer.body["errorCode"]) == (404, f"{code}NotExist")


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("GET", "/r"), ("DELETE", "?ids=r"), ("POST", "")])
def test_a_resource_of_another_name(cloud, method, tail):
    body = {"id": "r", "value": "{}"} if method == "POST" else None
    assert cloud.sls(method, "", f"/resources/mine/records{tail}", body).body["errorCode"] == "ResourceNotExist"
