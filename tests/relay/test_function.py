"""The handler of Function Compute, invoked with events built field by field from the vendor's pages.

HTTP trigger: "Use an HTTP trigger to invoke a function" (Function Compute 3.0, request struct, response struct).
Time trigger: "Formats of event for different triggers".
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest

from flowvigil.relay.function import Function
from flowvigil.relay.heart import Heart
from flowvigil.relay.settings import SettingsError, to_json
from tests.reporter.builders import Service

from .conftest import ENVIRON, SECRET, flow, form, on, outbox, settings, texts


@dataclass
class Context:
    """The part of the runtime's context that holds the function role's keys."""

    credentials: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            access_key_id="STS.test", access_key_secret="test", security_token="token"
        )
    )


def http(body: bytes, method: str = "POST", path: str = f"/callback/{SECRET}", *, encoded: bool = False) -> bytes:
    return json.dumps(
        {
            "version": "v1",
            "rawPath": path,
            "body": base64.b64encode(body).decode() if encoded else body.decode(),
            "isBase64Encoded": encoded,
            "headers": {
                "Accept": "*/*",
                "Content-Length": str(len(body)),
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "AliyunCloudMonitor",
            },
            "queryParameters": {},
            "requestContext": {
                "accountId": "1234567890123456",
                "domainName": "relay-abcdefghij.cn-hangzhou.fcapp.run",
                "domainPrefix": "relay-abcdefghij",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "106.11.167.100",
                    "userAgent": "AliyunCloudMonitor",
                },
                "requestId": "1-64f6cd87-0123456789ab",
                "time": "2027-01-15T08:00:00Z",
                "timeEpoch": "1800000000000",
            },
        }
    ).encode()


TIMER = b'{"triggerTime":"2027-01-15T08:01:00Z","triggerName":"each-minute","payload":""}'


@pytest.fixture
def function(cloud, tmp_path):
    made = []

    def make(**environ):
        file = tmp_path / "relay.json"
        given = replace(on(cloud, settings(flow())), robots=settings().robots)
        file.write_text(json.dumps(to_json(given)))
        made.append(Function({**ENVIRON, "FLOWVIGIL_RELAY_SETTINGS": str(file), **environ}))
        made[-1].relay.now = cloud.world.now
        return made[-1]

    yield make
    for one in made:
        one.relay.close()


def test_a_callback_is_answered_and_told_within_one_event(function, cloud):
    answer = function()(http(form()), Context())
    assert (answer["statusCode"], answer["isBase64Encoded"], answer["body"]) == (200, False, "kept")
    assert answer["headers"]["Content-Type"] == "text/plain; charset=utf-8"
    (text,) = texts(cloud)
    assert text.startswith("### 监控报警 严重 报警 客服问答 slow_streak")


def test_a_body_in_base64_is_the_same_callback(function, cloud):
    one = function()
    assert one(http(form(), encoded=True), Context())["body"] == "kept"
    assert one(http(form()), Context())["body"] == "known"
    assert len(outbox(cloud)) == 1


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (http(form(), path="/callback/wrong-secret-of-20"), 404),
        (http(form(), method="GET"), 405),
        (http(b"x=1"), 400),
        (http(b"x" * 70_000), 413),
    ],
)
def test_what_is_no_callback_gets_the_same_answers_as_elsewhere(function, event, code):
    assert function()(event, Context())["statusCode"] == code


def test_a_timer_sends_what_is_left_and_reports_that_the_relay_lives(function, cloud):
    one = function()
    cloud.world.switches.change("unknown_robots", "refuse")
    one(http(form()), Context())
    assert texts(cloud) == []
    cloud.world.switches.change("unknown_robots", "accept")
    later = cloud.world.now() + 360_000
    cloud.world.now = lambda: later
    one.relay.now = cloud.world.now
    assert one(TIMER, Context())["statusCode"] == 200
    assert len(texts(cloud)) == 1
    (point,) = cloud.door("datapoints?metric=custom_flowvigil_relay_alive")
    assert (point["dimension"], point["values"]["Maximum"]) == ("flow=flowvigil_relay&service=svc", 1)


def test_a_relay_with_a_group_of_its_own_reports_under_it(function, cloud):
    one = function()
    one.relay.heart = Heart(replace(one.relay.settings, group="1700"), one._provider)
    assert one.relay.heart.beat(cloud.world.now(), delivering=True)
    one.relay.heart.close()
    (point,) = cloud.door("datapoints?metric=custom_flowvigil_relay_alive")
    assert str(point["groupId"]) == "1700"


def test_the_functions_role_signs_what_it_reports(function):
    service = Service()
    one = function()
    one.relay.heart = Heart(replace(one.relay.settings, endpoints={"cms": service.url}), one._provider)
    one(TIMER, Context())
    one.relay.heart.close()
    service.close()
    ((_path, _headers, body),) = service.requests
    sent = dict(parse_qsl(body.decode()))
    assert (sent["AccessKeyId"], sent["SecurityToken"]) == ("STS.test", "token")


def test_state_on_a_network_file_system_is_kept_without_wal(function, tmp_path):
    one = function(FLOWVIGIL_RELAY_STATE=str(tmp_path / "nas"), FLOWVIGIL_RELAY_STATE_ON_NAS="1")
    assert one.relay.store.rows("PRAGMA journal_mode") == [("delete",)]


def test_a_function_without_its_secrets_says_all_that_is_missing(function):
    with pytest.raises(SettingsError) as raised:
        function(FLOWVIGIL_SECRET_ROBOT="", FLOWVIGIL_SECRET_RELAY_URL="http://h/short")
    assert str(raised.value).splitlines() == [
        "secret robot is missing: set FLOWVIGIL_SECRET_ROBOT",
        "the address in relay-url must end in a secret of at least 16 characters, "
        "such as https://relay.example.com/callback/<secret>",
    ]
