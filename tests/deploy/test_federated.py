"""Keys that an identity token opens: which role, from where, and what the pretend cloud's STS gives for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowvigil.deploy.assumed import Federated, Role, federated_from
from flowvigil.deploy.cloud import Cloud, CloudError, access_from_config, key_environment
from flowvigil.deploy.identity import identity
from tests.emulator.conftest import running_cloud

ARN, PROVIDER = "acs:ram::1234567890123456:role/deployer", "acs:ram::1234567890123456:oidc-provider/github"
BLOCK = {"roleArn": ARN, "oidcProviderArn": PROVIDER, "oidcTokenFile": "token"}
ENVIRONMENT = {
    "ALIBABA_CLOUD_ROLE_ARN": ARN,
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": PROVIDER,
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "token",
}


def test_the_three_variables_of_the_vendor_name_a_role():
    assert federated_from({}, ENVIRONMENT) == Federated(ARN, PROVIDER, "token")


@pytest.mark.parametrize("missing", ENVIRONMENT)
def test_two_of_them_name_none(missing):
    assert federated_from({}, {name: value for name, value in ENVIRONMENT.items() if name != missing}) is None


def test_a_stack_can_name_its_own_role_and_leave_the_rest_to_the_environment():
    config = {"alicloud:assumeRoleWithOidc": {"roleArn": f"{ARN}-2", "sessionExpiration": 900}}
    assert federated_from(config, ENVIRONMENT) == Federated(f"{ARN}-2", PROVIDER, "token", seconds=900)


def test_a_stack_can_name_everything_as_json_text():
    assert federated_from({"alicloud:assumeRoleWithOidc": f'{{"roleArn": "{ARN}", "oidcTokenFile": "f"}}'}, {}) is None
    text = f'[{{"roleArn": "{ARN}", "oidcProviderArn": "{PROVIDER}", "oidcTokenFile": "f", "roleSessionName": "ci"}}]'
    assert federated_from({"alicloud:assumeRoleWithOidc": text}, {}) == Federated(ARN, PROVIDER, "f", "ci")


@pytest.mark.parametrize("name", ["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID"])
def test_an_access_key_comes_first(name):
    assert federated_from({"alicloud:assumeRoleWithOidc": BLOCK}, {name: "key"}) is None
    assert federated_from({"alicloud:accessKey": "key", "alicloud:assumeRoleWithOidc": BLOCK}, {}) is None


@pytest.fixture(scope="module")
def address():
    cloud, end = running_cloud(keys={"key-of-shop": "1234567890123456"})
    yield cloud.address
    end()


@pytest.fixture
def access(address, tmp_path, monkeypatch):
    """A stack that names the token's file and has no key."""
    for name in ("ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "token").write_text("header.claims.signature\n")
    return access_from_config(
        {
            "alicloud:region": "cn-hangzhou",
            "alicloud:protocol": "HTTP",
            "alicloud:endpoints": [{"sts": address, "cms": address}],
            "alicloud:assumeRoleWithOidc": {**BLOCK, "oidcTokenFile": str(tmp_path / "token")},
        }
    )


def test_a_token_opens_the_account_of_the_role(access):
    found = identity(access)
    assert (found.source, found.account) == ("a role assumed with an OIDC token (RRSA, CI)", "1234567890123456")


def test_the_provider_gets_the_same_keys_by_its_environment(access):
    keys = key_environment(Cloud(access).keyed())
    assert sorted(keys) == [
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    ]
    assert keys["ALIBABA_CLOUD_ACCESS_KEY_ID"].startswith("STS.")
    assert all(keys.values())


def test_a_token_that_is_not_there_is_named(access, tmp_path):
    (tmp_path / "token").unlink()
    with pytest.raises(CloudError, match=r"^the identity token .*/token cannot be read: No such file"):
        Cloud(access).account()


def test_a_role_that_the_service_refuses_is_told_with_the_services_code(access):
    refused = replace(access, federated=replace(access.federated, arn="acs:ram::1234567890123456:user/deployer"))
    with pytest.raises(CloudError, match=r"^AssumeRoleWithOIDC: ") as told:
        Cloud(refused).account()
    assert (told.value.code, told.value.status) == ("InvalidParameter.RoleArn", 400)


def test_a_role_is_assumed_over_tls_alone_as_the_provider_does(access):
    keyed = replace(access, federated=None, access_key="key-of-shop", secret_key="secret", role=Role(ARN))
    with pytest.raises(CloudError, match=r"^AssumeRole: no answer: .*SSLError"):
        Cloud(keyed).account()
