"""What doctor says of the account, with the pretend cloud as the account."""

from __future__ import annotations

import pytest

from flowvigil.deploy.cloud import access_from_config
from flowvigil.deploy.health import State
from flowvigil.deploy.health.account import account_checks, clock, skew
from flowvigil.deploy.identity import identity
from tests.emulator.conftest import running_cloud


@pytest.fixture(scope="module")
def config():
    cloud, end = running_cloud(keys={"key-of-shop": "1234567890123456"})
    address = cloud.address
    yield {
        "alicloud:accountId": "1234567890123456",
        "alicloud:region": "cn-hangzhou",
        "alicloud:accessKey": "key-of-shop",
        "alicloud:secretKey": "secret-of-shop",
        "alicloud:protocol": "HTTP",
        "alicloud:endpoints": [{"sts": address, "cms": address}],
        "flowvigil:emulator": address,
    }
    end()


def test_sts_says_whose_the_credentials_are(config):
    found = identity(access_from_config(config))
    assert (found.source, found.account) == ("the stack's configuration", "1234567890123456")


def test_a_stack_with_its_own_credentials_is_well(config):
    assert [check.state for check in account_checks(config)] == [State.OK] * 3


def test_credentials_of_another_account_are_bad(config):
    check = next(one for one in account_checks({**config, "alicloud:accountId": "42"}) if one.about == "credentials")
    assert check.state is State.BAD
    assert check.found == "from the stack's configuration, of account 1234567890123456"
    assert check.right == "use credentials of 42, or correct alicloud:accountId"


def test_keys_that_are_encrypted_are_left_to_verify(config):
    hidden = {**config, "alicloud:accessKey": {"secure": "v1:abc"}}
    check = next(one for one in account_checks(hidden) if one.about == "credentials")
    assert (check.state, check.right) == (State.WARN, "try them: flowvigil verify")


def test_no_secret_key_is_shown(config):
    assert not any("secret-of-shop" in str(check) for check in account_checks(config))


def test_an_endpoint_that_does_not_answer_is_missing():
    assert clock("http://127.0.0.1:9/").state is State.MISSING


@pytest.mark.parametrize(
    ("seconds", "state", "text"),
    [
        (0.4, State.OK, "0 s behind x"),
        (-59, State.OK, "59 s ahead of x"),
        (60, State.WARN, "60 s behind x"),
        (-900, State.BAD, "900 s ahead of x"),
    ],
)
def test_a_clock_is_judged_by_what_the_services_refuse(seconds, state, text):
    check = skew(seconds, "x")
    assert (check.state, check.found) == (state, text)
