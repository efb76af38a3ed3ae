"""Whatever comes in, the answer is a 4xx in the right envelope, never a 5xx and never a traceback."""

import contextlib
import random
import socket
from urllib.parse import urlencode

import pytest

from flowvigil.emulator.evaluation.formula import formula
from flowvigil.emulator.registry import REST, RPC

from .conftest import VERSIONS

DEEP = "[" * 700 + "]" * 700
ODD = [
    "",
    "x",
    "-1",
    "0",
    "[",
    "{}",
    "[1]",
    '{"a":' * 50,
    "\x00",
    "中",
    "9" * 40,
    "null",
    '["\\ud800"]',
    DEEP,
    "[" * 5000,
]


def raw(cloud, data):
    host, port = cloud.address.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock, contextlib.suppress(OSError):
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return sock.makefile("rb").read()
    return b""


BODIES = (
    b"",
    b"[",
    b"[]",
    b'"x"',
    b'{"name": 5}',
    b"\xff\xfe",
    b'{"a":' * 5000,
    b'{"ids": null}',
    b'{"tags": 3}',
    f'{{"name": {DEEP}}}'.encode(),
)
FIELDS = (
    "RuleId Id ContactName GroupId TemplateId TemplateIds Name RoleName PolicyName PolicyType Escalations Resources "
    "AlertTemplates MetricList Period Tag Labels Channels PageSize Page NextToken Namespace MetricName Dimensions "
    "PolicyDocument ResourceType ResourceNames RuleName ContactGroups Targets RestVersion"
)


@pytest.mark.parametrize("key", sorted(RPC), ids=lambda key: key[1])
def test_an_action_survives_odd_parameters(cloud, key):
    service, name = key
    fields = FIELDS.split()
    chance = random.Random(name)
    for _ in range(6):
        params = {field: chance.choice(ODD) for field in chance.sample(fields, 14)}
        params |= {f"{chance.choice(fields)}.1.A": "x"}
        answer = cloud.rpc(name, service, **params)
        assert answer.status in range(200, 500)
        assert answer.code != "EmulatorFault", params


@pytest.mark.parametrize("key", sorted(RPC), ids=lambda key: key[1])
def test_an_action_survives_what_is_nested_without_end(cloud, key):
    service, name = key
    for text in (DEEP, "[" * 1100, '{"a":' * 500 + "1" + "}" * 500):
        form = urlencode(dict.fromkeys(FIELDS.split(), text)).encode()
        asked = f"/?Action={name}&Version={VERSIONS[service]}&AccessKeyId=test"
        answer = cloud.send("POST", asked, form, **{"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status in range(200, 500)
        assert answer.code != "EmulatorFault", text[:5]


@pytest.mark.parametrize("action", REST, ids=lambda action: f"{action.method} {action.path} {action.on_project}")
def test_a_log_service_call_survives_an_odd_body(cloud, action):
    cloud.sls("POST", "", "/", {"projectName": "my-logs"})
    path = action.path.replace("{", "").replace("}", "")
    for body in BODIES:
        answer = cloud.sls(action.method, "my-logs" if action.on_project else "", path, body)
        assert answer.status in range(200, 500), body
        if answer.status >= 400:
            assert set(answer.body) == {"errorCode", "errorMessage"}
            assert answer.body["errorCode"] != "EmulatorFault", body


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http:///// HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"CONNECT sts.aliyuncs.com:443 HTTP/1.1\r\nHost: sts.aliyuncs.com:443\r\n\r\n",
        b"GET /%ff%fe?%zz=%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /?Action=PutContact HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\nshort",
    ],
)
def test_what_is_hardly_http_does_not_hurt(cloud, data):
    answer = raw(cloud, data)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert cloud.rpc("DescribeContactList").status == 200


LONG = 3000


@pytest.mark.parametrize(
    "text",
    [
        "-" * LONG + "@m.$Average > 1",
        "!" * LONG + "(@m.$Average > 1)",
        " + ".join(["@m.$Average"] * LONG) + " > 1",
        "2" + " ** 2" * LONG + " > @m.$Average",
        "abs(" * LONG + "@m.$Average" + ")" * LONG + " > 1",
        "@m.$Average > 1" + " ? 1 : 0" * LONG,
    ],
    ids=lambda text: text[:5],
)
def test_an_expression_without_end_is_not_understood(text):
    assert formula(text, "m", 60) is None


def test_the_sender_of_an_oversized_body_reads_its_refusal(cloud):
    answer = cloud.sls("POST", "my-logs", "/logstores/runs/shards/lb", b"x" * 13_000_000)
    assert (answer.status, answer.body["errorCode"]) == (413, "PostBodyTooLarge")


def test_a_header_that_never_ends_is_refused(cloud):
    answer = raw(cloud, b"GET / HTTP/1.1\r\nX: " + b"a" * 3_000_000)
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""


@pytest.mark.parametrize("path", ["nowhere", "faults/x", "switches/1"])
def test_a_door_that_is_not_there_is_a_404(cloud, path):
    assert cloud.send("GET", f"/-/{path}").status == 404


@pytest.mark.parametrize("path", ["faults", "switches", "permissions"])
def test_a_door_refuses_what_is_no_json(cloud, path):
    assert cloud.send("POST", f"/-/{path}", b"{").status == 400
