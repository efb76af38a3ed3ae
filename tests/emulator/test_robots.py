"""The DingTalk robots: keywords, signatures, the limit of messages, error codes."""

import base64
import hashlib
import hmac
import json
import urllib.parse

import pytest

from flowvigil.emulator.notification.robots import Robot, Robots
from flowvigil.emulator.state import State
from tests.emulator.alarming import scene

TEXT = json.dumps({"msgtype": "text", "text": {"content": "监控: slow"}}).encode()
NOW = 1_800_000_000_000
KIND = {"Content-Type": "application/json"}


@pytest.fixture
def robots():
    made = Robots(State())
    made.put("t", Robot(("监控", "Monitor")))
    return made


def post(robots, body=TEXT, now=NOW, token="t", **query):
    return robots.post(token, query, body, now, open_house=False)


def sign(secret, stamp):
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def test_a_message_with_a_keyword_is_taken(robots):
    assert post(robots) == (0, "ok")


@pytest.mark.parametrize(
    "message",
    [
        {"msgtype": "markdown", "markdown": {"title": "Monitor", "text": "x"}},
        {"msgtype": "link", "link": {"title": "x", "text": "Monitor", "messageUrl": "http://x"}},
        {"msgtype": "feedCard", "feedCard": {"links": [{"title": "Monitor"}]}},
    ],
)
def test_the_keyword_may_stand_anywhere_in_the_message(robots, message):
    assert post(robots, json.dumps(message).encode()).errcode == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"msgtype": "text", "text": {"content": "slow"}}', 310000),
        (b'{"msgtype": "text", "text": {"content": "monitor"}}', 310000),
        (b'{"msgtype": "text", "markdown": {"text": "Monitor"}}', 310000),
        (b'{"msgtype": "voice", "voice": {"text": "Monitor"}}', 400105),
        (b'["Monitor"]', 40035),
        (b"Monitor", 40035),
        (b"", 40035),
        (b'{"msgtype": "text", "text": {"content": "Monitor' + b"x" * 20000 + b'"}}', 460101),
    ],
)
def test_what_a_robot_does_not_take(robots, body, code):
    assert post(robots, body).errcode == code


def test_a_token_that_nobody_has(robots):
    assert post(robots, token="u").errcode == 400101


@pytest.mark.parametrize("off", [0, 3_600_000, -3_600_000])
def test_a_signed_message_is_taken_for_an_hour(robots, off):
    robots.put("t", Robot(secret="SECx"))
    stamp = str(NOW + off)
    assert post(robots, timestamp=stamp, sign=sign("SECx", stamp)).errcode == 0


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "invalid timestamp"),
        ({"timestamp": "now", "sign": "x"}, "invalid timestamp"),
        ({"timestamp": str(NOW - 3_600_001), "sign": sign("SECx", NOW - 3_600_001)}, "invalid timestamp"),
        ({"timestamp": str(NOW)}, "sign not match"),
        ({"timestamp": str(NOW), "sign": sign("other", NOW)}, "sign not match"),
        ({"timestamp": str(NOW), "sign": sign("SECx", NOW + 1)}, "sign not match"),
        ({"timestamp": str(NOW), "sign": "签"}, "sign not match"),
    ],
)
def test_a_badly_signed_message_is_refused(robots, query, message):
    robots.put("t", Robot(secret="SECx"))
    assert post(robots, **query) == (310000, message)


def test_twenty_messages_a_minute_are_taken(robots):
    assert {post(robots, now=NOW + n).errcode for n in range(20)} == {0}


def test_the_next_one_starts_ten_minutes_of_silence(robots):
    for number in range(20):
        post(robots, now=NOW + number)
    assert post(robots, now=NOW + 59_999).errcode == 410100
    assert post(robots, now=NOW + 59_999 + 599_999).errcode == 410100
    assert post(robots, now=NOW + 59_999 + 600_000).errcode == 0


def test_a_minute_later_there_is_room_again(robots):
    for number in range(20):
        post(robots, now=NOW + number)
    assert post(robots, now=NOW + 60_000).errcode == 0


def test_a_refused_message_does_not_count(robots):
    for _ in range(30):
        post(robots, b"{}")
    assert post(robots).errcode == 0


def test_another_robot_has_its_own_limit(robots):
    robots.put("u", Robot())
    for _ in range(21):
        post(robots)
    assert post(robots, token="u").errcode == 0


def test_a_message_from_outside_stands_in_the_outbox(cloud):
    cloud.door("robots", {"token": "secret-token-1234", "keywords": ["监控"]})
    taken = cloud.send("POST", "/robot/send?access_token=secret-token-1234", TEXT, **KIND)
    refused = cloud.send("POST", "/robot/send?access_token=secret-token-1234", b"{}", **KIND)
    assert (taken.body, refused.body["errcode"]) == ({"errcode": 0, "errmsg": "ok"}, 400105)
    first, second = cloud.door("outbox")
    assert (first["status"], second["status"]) == ("sent", "refused")
    assert first["message"]["text"]["content"] == "监控: slow"
    assert "secret-token" not in json.dumps([first, cloud.door("journal")])


def test_dingtalks_own_host_name_is_understood(cloud):
    answer = cloud.send("POST", "/robot/send?access_token=t", TEXT, Host="oapi.dingtalk.com", **KIND)
    assert answer.body["errcode"] == 0


def test_a_robot_is_posted_json(cloud):
    answer = cloud.send("POST", "/robot/send?access_token=t", TEXT, **{"Content-Type": "text/plain"})
    assert answer.body["errcode"] == 43004


def test_by_a_switch_a_robot_must_have_been_set_up(cloud):
    cloud.door("switches", {"name": "unknown_robots", "value": "refuse"})
    assert cloud.send("POST", "/robot/send?access_token=t", TEXT, **KIND).body["errcode"] == 400101


def test_a_signed_address_goes_through_as_senders_write_it(cloud):
    cloud.door("robots", {"token": "t", "secret": "SECx"})
    stamp = str(cloud.world.now())
    query = urllib.parse.urlencode({"access_token": "t", "timestamp": stamp, "sign": sign("SECx", stamp)})
    assert cloud.send("POST", f"/robot/send?{query}", TEXT, **KIND).body["errcode"] == 0


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": 1}, {"token": "t", "keywords": "x"}, {"token": "t", "keywords": [1]},
             {"token": "t", "keywords": ["x"] * 11}, {"token": "t", "secret": 1}, []],
)  # fmt: skip
def test_a_robot_that_cannot_be_is_refused(cloud, body):
    assert "error" in cloud.door("robots", body)


def test_the_services_own_notice_passes_the_documented_keywords(virtual_cloud):
    flow = scene(virtual_cloud)
    flow.cloud.door("robots", {"token": "token-of-the-team", "keywords": ["Monitor"]})
    flow.reports(3)
    assert [entry["status"] for entry in flow.outbox()] == ["sent"]


def test_the_service_does_not_sign_its_notices(virtual_cloud):
    flow = scene(virtual_cloud)
    flow.cloud.door("robots", {"token": "token-of-the-team", "secret": "SECx"})
    flow.reports(3)
    assert [(entry["status"], entry["errcode"]) for entry in flow.outbox()] == [("refused", 310000)]


def test_a_storm_of_notices_runs_into_the_robots_limit(virtual_cloud):
    flow = scene(virtual_cloud, Resources=json.dumps([{"groupId": "0", "dimension": f"flow={n}"} for n in range(25)]))
    entry = {"GroupId": "0", "MetricName": "m", "Type": "1", "Period": "60", "Values": '{"LastValue": 3}'}
    flow.cloud.rpc("PutCustomMetric", MetricList=[{**entry, "Dimensions": f'{{"flow": "{n}"}}'} for n in range(25)])
    flow.advance(180)
    statuses = [entry["status"] for entry in flow.outbox()]
    assert (statuses.count("sent"), statuses.count("refused")) == (20, 5)


def test_an_address_that_is_no_robot_is_told_as_not_sent(virtual_cloud):
    flow = scene(virtual_cloud)
    channels = {"DingWebHook": "https://example.com/other"}
    flow.cloud.rpc("PutContact", ContactName="alice", Describe="d", Channels=channels)
    flow.reports(3)
    assert [entry["status"] for entry in flow.outbox()] == ["not sent"]
