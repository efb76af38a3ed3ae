"""The vendor's own Python client (signature V3, every parameter in the query) against the emulator."""

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

CMS, STS = "2019-01-01", "2015-04-01"
FORM = {
    "protocol": "HTTP", "method": "POST", "auth_type": "AK", "style": "RPC", "pathname": "/",
    "req_body_type": "formData", "body_type": "json",
}  # fmt: skip


@pytest.fixture
def call(cloud, monkeypatch):
    monkeypatch.delenv("HTTP_PROXY", raising=False)

    def ask(action, version=CMS, query=None, **credentials):
        who = {"access_key_id": "test", "access_key_secret": "s", **credentials}
        client = Client(Config(endpoint=cloud.address, protocol="HTTP", **who))
        request = OpenApiRequest(query=query or {})
        return client.call_api(Params(action=action, version=version, **FORM), request, RuntimeOptions())["body"]

    return ask


def test_a_list_in_the_query_arrives(call, cloud):
    point = {"GroupId": "0", "MetricName": "m", "Type": "1", "Period": "60", "Values": '{"P95":1}'}
    point["Dimensions"] = '{"flow":"a b"}'
    assert call("PutCustomMetric", query={f"MetricList.1.{k}": v for k, v in point.items()})["Code"] == "200"
    (kept,) = cloud.door("datapoints")
    assert kept["dimension"] == "flow=a b"


def test_the_caller_is_known_by_the_authorization_header(call, cloud):
    cloud.world.accounts.keys = {"test": "42"}
    assert call("GetCallerIdentity", STS)["AccountId"] == "42"


def test_temporary_credentials_arrive_in_headers(call):
    found = call("AssumeRole", STS, {"RoleArn": "acs:ram::7:role/r", "RoleSessionName": "s"})["Credentials"]
    who = {"access_key_id": found["AccessKeyId"], "security_token": found["SecurityToken"], "type": "sts"}
    assert call("GetCallerIdentity", STS, **who)["AccountId"] == "7"


def test_an_error_is_raised_with_code_and_message(call):
    with pytest.raises(ClientException) as caught:
        call("DeleteContact", query={"ContactName": "nobody"})
    assert caught.value.code == "ContactNotExists"
    assert "nobody" in str(caught.value)
