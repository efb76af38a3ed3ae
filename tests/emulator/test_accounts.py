import pytest

ROLE = "acs:ram::2000000000000002:role/deployer"


@pytest.fixture
def two(cloud):
    cloud.world.accounts.keys = {"one": "1000000000000001", "two": "2000000000000002"}
    cloud.key = "one"
    yield cloud
    cloud.key = "test"


def assumed(cloud, **change):
    asked = {"RoleArn": ROLE, "RoleSessionName": "s", **change}
    return cloud.rpc("AssumeRole", "sts", **asked)


def as_role(cloud, action, service="cms", **params):
    found = assumed(cloud).body["Credentials"]
    return cloud.rpc(action, service, AccessKeyId=found["AccessKeyId"], SecurityToken=found["SecurityToken"], **params)


def test_without_a_list_every_key_is_the_one_account(cloud):
    body = cloud.rpc("GetCallerIdentity", "sts").body
    assert (body["AccountId"], body["IdentityType"]) == ("1000000000000001", "Account")


def test_a_key_that_nobody_has_is_refused(two):
    answer = two.rpc("GetCallerIdentity", "sts", AccessKeyId="nobody")
    assert (answer.status, answer.code) == (404, "InvalidAccessKeyId.NotFound")


def test_each_account_sees_its_own_objects(two):
    two.rpc("PutContact", ContactName="alice", Describe="d")
    assert two.rpc("DescribeContactList", AccessKeyId="two").body["Total"] == 0


def test_temporary_credentials_act_in_the_account_of_the_role(two):
    body = as_role(two, "GetCallerIdentity", "sts").body
    assert (body["AccountId"], body["IdentityType"]) == ("2000000000000002", "AssumedRoleUser")
    as_role(two, "PutContact", ContactName="alice", Describe="d")
    assert two.rpc("DescribeContactList", AccessKeyId="two").body["Total"] == 1


def test_temporary_credentials_need_their_token_and_expire(two):
    found = assumed(two, DurationSeconds="900").body["Credentials"]
    who = {"AccessKeyId": found["AccessKeyId"]}
    wrong = two.rpc("DescribeContactList", **who, SecurityToken="x")
    assert wrong.code == "InvalidSecurityToken.MismatchWithAccessKey"
    later = two.world.now() + 900_001
    two.world.now = lambda: later
    late = two.rpc("DescribeContactList", **who, SecurityToken=found["SecurityToken"])
    assert late.code == "InvalidSecurityToken.Expired"


def test_an_oidc_token_assumes_a_role_too(two):
    asked = {"RoleArn": ROLE, "RoleSessionName": "s", "OIDCProviderArn": "acs:ram::1:oidc-provider/p", "OIDCToken": "t"}
    assert two.rpc("AssumeRoleWithOIDC", "sts", **asked).body["Credentials"]["AccessKeyId"].startswith("STS.")
    assert two.rpc("AssumeRoleWithOIDC", "sts", **{**asked, "OIDCToken": ""}).code == "MissingOIDCToken"


def test_an_oidc_token_needs_no_key_beside_it(two):
    asked = {"RoleArn": ROLE, "RoleSessionName": "s", "OIDCProviderArn": "acs:ram::1:oidc-provider/p", "OIDCToken": "t"}
    assert two.rpc("AssumeRoleWithOIDC", "sts", AccessKeyId="", **asked).status == 200
    assert two.rpc("AssumeRole", "sts", AccessKeyId="", RoleArn=ROLE, RoleSessionName="s").status == 404


@pytest.mark.parametrize("change", [{"RoleArn": "deployer"}, {"DurationSeconds": "899"}, {"RoleSessionName": ""}])
def test_a_role_cannot_be_assumed_with_bad_parameters(two, change):
    assert assumed(two, **change).status == 400


def test_a_role_must_exist_where_the_switch_says_so(two):
    two.door("switches", {"name": "assume_role_exists", "value": "on"})
    assert assumed(two).code == "EntityNotExist.Role"
    trust = '{"Version": "1", "Statement": []}'
    two.rpc("CreateRole", "ram", AccessKeyId="two", RoleName="deployer", AssumeRolePolicyDocument=trust)
    assert assumed(two).status == 200


def test_a_denied_action_is_a_403_that_names_action_and_caller(two):
    two.door("permissions", {"account": "1000000000000001", "deny": ["cms:Put*"]})
    answer = two.rpc("PutContact", ContactName="alice", Describe="d")
    assert (answer.status, answer.code) == (403, "NoPermission")
    assert "cms:PutContact" in answer.body["Message"]
    assert two.rpc("DescribeContactList").status == 200
    assert two.rpc("PutContact", AccessKeyId="two", ContactName="alice", Describe="d").status == 200


def test_a_list_of_what_is_allowed_denies_the_rest_to_one_role_only(two):
    two.door("permissions", {"account": "2000000000000002", "role": "deployer", "allow": ["cms:DescribeContactList"]})
    assert as_role(two, "DescribeContactList").status == 200
    assert as_role(two, "DescribeContactGroupList").code == "NoPermission"
    assert two.rpc("DescribeContactGroupList", AccessKeyId="two").status == 200


def test_reading_metrics_is_granted_under_another_name_than_the_action(two):
    two.door("permissions", {"account": "1000000000000001", "deny": ["cms:QueryMetricList"]})
    answer = two.rpc("DescribeMetricList", Namespace="n", MetricName="m")
    assert "cms:QueryMetricList" in answer.body["Message"]


def test_an_empty_restriction_lifts_it(two):
    two.door("permissions", {"account": "1000000000000001", "deny": ["*"]})
    two.door("permissions", {"account": "1000000000000001"})
    assert two.rpc("DescribeContactList").status == 200
    assert "error" in two.door("permissions", {"account": "1", "deny": "cms:*"})


def test_log_service_is_denied_with_its_own_envelope(two):
    two.door("permissions", {"account": "1000000000000001", "deny": ["log:CreateProject"]})
    answer = two.sls("POST", "", "/", {"projectName": "my-logs"})
    assert (answer.status, answer.body["errorCode"]) == (403, "NoPermission")
    assert "log:CreateProject" in answer.body["errorMessage"]


def test_the_project_of_another_account_is_unauthorised_and_its_name_taken(two):
    two.sls("POST", "", "/", {"projectName": "my-logs"})
    two.key = "two"
    assert two.sls("GET", "my-logs", "/").body["errorCode"] == "Unauthorized"
    assert two.sls("POST", "", "/", {"projectName": "my-logs"}).body["errorCode"] == "ProjectAlreadyExist"


def test_safety_nets_answer_without_naming_an_endpoint(cloud):
    assert cloud.rpc("DescribeEndpoints", "location", ServiceCode="cms").body["Endpoints"] == {"Endpoint": []}
    assert cloud.rpc("QueryAvailableInstances", "bss").body["Data"]["InstanceList"] == []
