"""Where keys come from, against a local service that plays STS, the metadata service and a credentials URI."""

import json
import pprint
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from alibabacloud_tea_openapi.utils import Utils

from flowvigil.reporter.credentials.chain import Chain, Given
from flowvigil.reporter.sinks.cloud import CannotSignError
from flowvigil.reporter.wire.rpc import Keys

from .builders import Service

NOW = 1_800_000_000.0
EXPIRES = "2027-01-15T09:00:00Z"
FIELDS = {"AccessKeyId": "STS.1", "AccessKeySecret": "s1", "SecurityToken": "t1", "Expiration": EXPIRES}
ENVIRONMENT = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
NOWHERE = {"HOME": "/nonexistent", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def keys(environ: dict[str, str], now: float = NOW) -> Keys:
    return Chain(environ={**NOWHERE, **environ}).keys(now, 2.0)


def sts(body: Any = None, status: int = 200) -> Any:
    return lambda _path, _body: (status, json.dumps({"Credentials": FIELDS} if body is None else body).encode())


def asked(service: Service) -> dict[str, str]:
    return dict(parse_qsl(service.requests[-1][2].decode()))


def test_keys_come_from_the_environment() -> None:
    found = keys({**ENVIRONMENT, "ALIBABA_CLOUD_SECURITY_TOKEN": "t"})
    assert (found.key_id, found.secret, found.token, found.source) == ("id", "secret", "t", "environment")


def test_keys_and_a_role_in_the_environment_are_traded_for_the_roles(service: Service) -> None:
    service.answer = sts()
    found = keys({**ENVIRONMENT, "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r", "FLOWVIGIL_STS_ENDPOINT": service.url})
    assert (found.key_id, found.token, found.source) == ("STS.1", "t1", "AssumeRole")
    parameters = asked(service)
    assert (parameters["Action"], parameters["RoleArn"]) == ("AssumeRole", "acs:ram::1:role/r")
    signature = parameters.pop("Signature")
    assert signature == Utils.get_rpcsignature(parameters, "POST", "secret")


def oidc(service: Service, folder: Path) -> dict[str, str]:
    (folder / "token").write_text("a.b.c\n")
    return {
        "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(folder / "token"),
        "FLOWVIGIL_STS_ENDPOINT": service.url,
    }


def test_a_pod_trades_its_token_file_for_keys(service: Service, tmp_path: Path) -> None:
    service.answer = sts()
    found = keys(oidc(service, tmp_path))
    assert (found.key_id, found.source) == ("STS.1", "OIDC")
    assert asked(service)["OIDCToken"] == "a.b.c"
    assert "Signature" not in asked(service)


@pytest.mark.parametrize("told", [[1], {}, {"Credentials": {}}, {"Credentials": {**FIELDS, "Expiration": "soon"}}])
def test_an_answer_without_keys_is_no_keys(service: Service, tmp_path: Path, told: Any) -> None:
    service.answer = sts(told)
    with pytest.raises(CannotSignError, match="OIDC"):
        keys(oidc(service, tmp_path))


def test_a_refusal_names_its_code_and_no_secret(service: Service, tmp_path: Path) -> None:
    service.answer = sts({"Code": "AuthenticationFail.OIDCToken.Expired", "Message": "a.b.c"}, 400)
    with pytest.raises(CannotSignError) as error:
        keys(oidc(service, tmp_path))
    assert "AuthenticationFail.OIDCToken.Expired" in str(error.value)
    assert "a.b.c" not in str(error.value)


def profile(folder: Path, **fields: str) -> dict[str, str]:
    path = folder / "config.json"
    path.write_text(json.dumps({"current": "work", "profiles": [{"name": "work", **fields}]}))
    return {"ALIBABA_CLOUD_CONFIG_FILE": str(path)}


def test_the_cli_profile_gives_keys(tmp_path: Path) -> None:
    found = keys(profile(tmp_path, mode="AK", access_key_id="cli", access_key_secret="s"))
    assert (found.key_id, found.source) == ("cli", "CLI profile, mode AK")


def test_the_cli_profile_may_assume_a_role(tmp_path: Path, service: Service) -> None:
    service.answer = sts()
    own = {"access_key_id": "cli", "access_key_secret": "s", "ram_role_arn": "acs:ram::1:role/r"}
    found = keys({**profile(tmp_path, mode="RamRoleArn", **own), "FLOWVIGIL_STS_ENDPOINT": service.url})
    assert found.key_id == "STS.1"
    assert asked(service)["AccessKeyId"] == "cli"


def test_a_mode_of_the_profile_that_is_not_known_says_which_are(tmp_path: Path) -> None:
    with pytest.raises(CannotSignError, match="use AK, StsToken"):
        keys(profile(tmp_path, mode="CloudSSO"))


def test_a_damaged_profile_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(CannotSignError, match=r"config\.json"):
        keys({"ALIBABA_CLOUD_CONFIG_FILE": str(tmp_path / "config.json")})


def ecs(service: Service, *, v2: bool = True) -> dict[str, str]:
    def answer(path: str, _body: bytes) -> tuple[int, bytes]:
        if path.endswith("/security-credentials/"):
            return 200, b"worker-role"
        if path.endswith("/worker-role"):
            return 200, json.dumps({"Code": "Success", **FIELDS}).encode()
        return (200, b"session") if v2 else (404, b"")

    service.answer = answer
    return {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "", "FLOWVIGIL_METADATA_ENDPOINT": service.url}


def test_an_instance_has_the_keys_of_its_role(service: Service) -> None:
    found = keys(ecs(service))
    assert (found.key_id, found.source) == ("STS.1", "ECS role worker-role")
    assert [headers.get("X-aliyun-ecs-metadata-token") for _path, headers, _body in service.requests[1:]] == [
        "session"
    ] * 2


def test_without_imdsv2_the_old_way_serves_unless_forbidden(service: Service) -> None:
    assert keys(ecs(service, v2=False)).key_id == "STS.1"
    with pytest.raises(CannotSignError, match="IMDSv2"):
        keys({**ecs(service, v2=False), "ALIBABA_CLOUD_IMDSV1_DISABLED": "true"})


def test_the_first_source_that_is_set_up_gives_the_keys_in_the_vendors_order(service: Service, tmp_path: Path) -> None:
    """Environment, OIDC, CLI profile, ECS role, credentials URI (the vendor's credentials library, default chain)."""
    environ = {
        **ENVIRONMENT,
        **oidc(service, tmp_path),
        **profile(tmp_path, mode="AK", access_key_id="cli", access_key_secret="s"),
        **ecs(service),
        "ALIBABA_CLOUD_CREDENTIALS_URI": service.url + "/keys",
    }
    everything = json.dumps({"Code": "Success", **FIELDS, "Credentials": FIELDS}).encode()
    role = (200, b"worker-role")
    service.answer = lambda path, _body: role if path.endswith("/security-credentials/") else (200, everything)
    sources = [keys(environ).source]
    for change in (
        {"ALIBABA_CLOUD_ROLE_ARN": ""},
        {"ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r", "ALIBABA_CLOUD_ACCESS_KEY_ID": ""},
        {"ALIBABA_CLOUD_OIDC_TOKEN_FILE": ""},
        {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"},
        {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"},
    ):
        environ |= change
        sources.append(keys(environ).source)
    profile_ = "CLI profile, mode AK"
    assert sources == ["AssumeRole", "environment", "OIDC", profile_, "ECS role worker-role", "credentials URI"]


def test_the_cli_profile_may_hold_the_token_of_a_session(tmp_path: Path) -> None:
    own = {"access_key_id": "cli", "access_key_secret": "s", "sts_token": "t"}
    found = keys(profile(tmp_path, mode="StsToken", **own))
    assert (found.key_id, found.token) == ("cli", "t")


def test_the_cli_profile_may_name_the_role_of_the_instance(tmp_path: Path, service: Service) -> None:
    found = keys({**ecs(service), **profile(tmp_path, mode="EcsRamRole", ram_role_name="worker-role")})
    assert found.source == "ECS role worker-role"
    assert not any(path.endswith("/security-credentials/") for path, _headers, _body in service.requests)


def test_the_cli_profile_may_name_a_token_file(tmp_path: Path, service: Service) -> None:
    service.answer = sts()
    pod = oidc(service, tmp_path)
    named = {
        "ram_role_arn": pod.pop("ALIBABA_CLOUD_ROLE_ARN"),
        "oidc_provider_arn": pod.pop("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
        "oidc_token_file": pod.pop("ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
    }
    assert keys({**pod, **profile(tmp_path, mode="OIDC", **named)}).source == "OIDC"
    assert (asked(service)["OIDCToken"], asked(service)["RoleArn"]) == ("a.b.c", "acs:ram::1:role/r")


def test_a_credentials_uri_gives_keys(service: Service) -> None:
    service.answer = lambda _path, _body: (200, json.dumps({"Code": "Success", **FIELDS}).encode())
    assert keys({"ALIBABA_CLOUD_CREDENTIALS_URI": service.url + "/keys"}).source == "credentials URI"


def test_without_any_source_the_trouble_says_so() -> None:
    with pytest.raises(CannotSignError, match="none of the known sources"):
        keys({})


def test_temporary_keys_are_renewed_five_minutes_before_they_expire(service: Service) -> None:
    service.answer = lambda _path, _body: (200, json.dumps(FIELDS).encode())
    chain = Chain(environ={**NOWHERE, "ALIBABA_CLOUD_CREDENTIALS_URI": service.url})
    expiry = 1_800_003_600.0
    for now in (NOW, expiry - 301, expiry - 299):
        chain.keys(now, 2.0)
    assert len(service.requests) == 2


def test_keys_that_cannot_be_renewed_serve_until_they_expire(service: Service) -> None:
    service.answer = lambda _path, _body: (200, json.dumps(FIELDS).encode())
    chain = Chain(environ={**NOWHERE, "ALIBABA_CLOUD_CREDENTIALS_URI": service.url})
    chain.keys(NOW, 2.0)
    service.answer = lambda _path, _body: (500, b"")
    assert chain.keys(1_800_003_600.0 - 1, 2.0).key_id == "STS.1"
    with pytest.raises(CannotSignError):
        chain.keys(1_800_003_600.0 + 1, 2.0)


def test_a_failing_source_is_not_asked_for_every_batch(service: Service) -> None:
    service.answer = lambda _path, _body: (500, b"")
    chain = Chain(environ={**NOWHERE, "ALIBABA_CLOUD_CREDENTIALS_URI": service.url})
    for second in range(10):
        with pytest.raises(CannotSignError):
            chain.keys(NOW + second, 2.0)
    assert len(service.requests) == 1


def test_refused_keys_are_fetched_anew(service: Service) -> None:
    service.answer = lambda _path, _body: (200, json.dumps(FIELDS).encode())
    chain = Chain(environ={**NOWHERE, "ALIBABA_CLOUD_CREDENTIALS_URI": service.url})
    chain.keys(NOW, 2.0)
    chain.expired()
    chain.keys(NOW, 2.0)
    assert len(service.requests) == 2


def test_a_function_of_the_application_may_give_keys() -> None:
    assert Given(lambda: ("id", "secret", "token")).keys(NOW, 1.0).token == "token"


@pytest.mark.parametrize("function", [lambda: 1 / 0, lambda: None, lambda: ("only one",)])
def test_a_function_that_fails_is_no_keys(function: Any) -> None:
    with pytest.raises(CannotSignError, match="function failed"):
        Given(function).keys(NOW, 1.0)


def test_keys_show_their_secret_to_nothing_that_prints_or_serialises_parts() -> None:
    keys = Keys("LTAI-id", "the-secret", "the-token")
    shown = [repr(keys), str([keys]), pprint.pformat(keys), json.dumps(keys, default=repr)]
    assert [text for text in shown if "the-" in text] == []
