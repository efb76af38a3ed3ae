"""The role of a stack's configuration, as the parameters of AssumeRole."""

from flowvigil.deploy.assumed import role_from_config

ARN = "acs:ram::2000000000000002:role/deployer"


def test_a_stack_without_a_role_assumes_none():
    assert role_from_config({"alicloud:region": "cn-hangzhou"}) is None


def test_a_role_by_its_arn_gets_a_session_of_our_name():
    query = {"RoleArn": ARN, "RoleSessionName": "flowvigil"}
    assert role_from_config({"alicloud:assumeRole": {"roleArn": ARN}}).query() == query


def test_everything_that_the_provider_reads_of_a_role_is_said_to_the_service():
    told = {"roleArn": ARN, "sessionName": "ci", "sessionExpiration": 900, "externalId": "x"}
    query = {"RoleArn": ARN, "RoleSessionName": "ci", "DurationSeconds": "900", "ExternalId": "x"}
    assert role_from_config({"alicloud:assumeRole": told}).query() == query


def test_a_role_may_stand_as_json_text():
    assert role_from_config({"alicloud:assumeRole": f'{{"roleArn": "{ARN}"}}'}).arn == ARN
