"""How messages reach robots: merged in a storm, slower than robots allow, again after failures, signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowvigil.relay import pacing
from flowvigil.relay.robots import Fate, RobotPost, Verdict, judged
from flowvigil.reporter.wire.http import Answer
from tests.emulator.conftest import NOW
from tests.reporter.builders import Service

from .conftest import P95, flow

MANY = [flow(f"flow-{number:02d}", P95, title="") for number in range(30)]


def outage(one, count, minute=0.0):
    for number in range(count):
        name = f"flow-{number:02d}"
        one.says("p95", "CRITICAL", minute, ruleId=f"{name}-p95", dimensions=f"{{flow={name}}}")


def test_three_notices_are_three_messages_and_four_are_one(desk):
    few, many = desk(*MANY), desk(*MANY)
    outage(few, 3)
    few.work()
    outage(many, 4)
    many.work()
    assert len(few.heads()) == 3
    assert many.heads() == ["严重 报警 4 (4 个 flow)"]


def test_a_digest_says_of_each_flow_what_happened_and_how_many_it_merged(desk):
    one = desk(*MANY)
    outage(one, 5)
    one.says("p95", "OK", 1, ruleId="flow-00-p95", value="100")
    one.work()
    (text,) = one.posts["robot"].taken
    lines = [line.split(" [")[0] for line in text.splitlines() if line.startswith("- ")]
    assert lines == [
        "- 严重 报警 flow-00 p95 9s (> 8s) 16:00:00",
        "- 恢复 flow-00 p95 100ms (> 8s) 16:01:00",
        "- 严重 报警 flow-01 p95 9s (> 8s) 16:00:00",
        "- 严重 报警 flow-02 p95 9s (> 8s) 16:00:00",
        "- 严重 报警 flow-03 p95 9s (> 8s) 16:00:00",
        "- 严重 报警 flow-04 p95 9s (> 8s) 16:00:00",
    ]
    assert text.endswith("合并了 6 条消息 · 消息 1")


def test_a_digest_fits_into_what_a_robot_takes(desk):
    one = desk(*[flow(f"flow-{number:03d}", P95, title="长" * 60) for number in range(400)])
    for number in range(400):
        one.says("p95", "CRITICAL", 0, ruleId=f"flow-{number:03d}-p95")
    for _ in range(60):
        one.work(0.2)
    taken = one.posts["robot"].taken
    assert max(len(json.dumps(text, ensure_ascii=False).encode()) for text in taken) < 19_000
    assert sum(text.count("\n- 严重") for text in taken) == 400


@given(st.lists(st.integers(0, 120_000), max_size=60), st.integers(1, 40))
def test_no_minute_ever_holds_more_messages_than_the_robot_takes(pauses, burst):
    posts: list[int] = []
    now = 0
    for pause in pauses:
        now += pause
        for _ in range(burst):
            if pacing.next_slot(posts, now) <= now:
                posts.append(now)
    assert all(sum(start <= time < start + 60_000 for time in posts) <= 12 for start in posts)


def test_a_robot_that_was_posted_to_too_fast_is_left_alone_for_ten_minutes_and_nothing_is_lost(desk):
    one = desk()
    one.posts["robot"].verdicts = [Verdict(Fate.TOO_FAST, "410100", "send too fast")]
    one.says("p95", "WARN", 0)
    one.work()
    one.work(9)
    assert one.heads() == []
    one.work(2)
    assert one.heads() == ["警告 报警 客服问答 p95"]


def test_a_robot_that_refuses_is_asked_again_in_minutes_and_then_hears_all_that_waited(desk):
    one = desk()
    one.posts["robot"].verdicts = [Verdict(Fate.REFUSED, "310000", "keywords not in content")] * 2
    one.says("p95", "WARN", 0)
    one.work()
    for minute, state in ((1, "CRITICAL"), (2, "WARN"), (3, "OK")):
        one.says("p95", state, minute)
    one.work(4)
    assert one.heads() == []
    one.work(5)
    one.work(6)
    assert one.heads() == ["警告 报警 1, 严重 升级 1, 警告 降级 1, 恢复 1 (1 个 flow)"]


def test_a_clock_that_is_set_back_during_a_pause_does_not_make_it_last(desk):
    one = desk()
    one.posts["robot"].verdicts = [Verdict(Fate.TOO_FAST, "410100")]
    one.says("p95", "WARN", 0)
    one.work()
    one.work(-24 * 60)
    assert one.heads() == ["警告 报警 客服问答 p95"]


def test_failures_wait_longer_each_time_up_to_a_minute():
    assert [pacing.pause(failures, refused=False) for failures in (1, 2, 3, 7, 50)] == [
        1000,
        2000,
        4000,
        60_000,
        60_000,
    ]


def test_what_waits_for_ten_minutes_means_that_the_relay_does_not_deliver(desk):
    one = desk()
    one.posts["robot"].verdicts = [Verdict(Fate.REFUSED, "310000")] * 99
    one.says("p95", "WARN", 0)
    one.work()
    assert one.relay.health()["delivering"]
    one.work(11)
    assert not one.relay.health()["delivering"]


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (200, b'{"errcode":0,"errmsg":"ok"}', Fate.TAKEN),
        (200, b'{"errcode":410100,"errmsg":"send too fast"}', Fate.TOO_FAST),
        (200, b'{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}', Fate.TOO_FAST),
        (200, b'{"errcode":-1,"errmsg":"system busy"}', Fate.AGAIN),
        (200, b'{"errcode":310000,"errmsg":"keywords not in content"}', Fate.REFUSED),
        (200, b'{"errcode":400101,"errmsg":"access_token is not exist"}', Fate.REFUSED),
        (502, b"<html>bad gateway</html>", Fate.AGAIN),
        (429, b"", Fate.AGAIN),
        (302, b"", Fate.REFUSED),
        (200, b"<html>welcome to the hotel</html>", Fate.UNSURE),
        (200, b"[]", Fate.UNSURE),
        (200, b"[" * 100_000, Fate.UNSURE),
    ],
)
def test_an_answer_of_a_robot_means(status, body, fate):
    assert judged(Answer(status, {}, body)).fate is fate


@pytest.fixture
def robot():
    service = Service()
    yield service
    service.close()


def test_a_signed_robot_gets_time_and_signature(robot):
    robot.answer = lambda _path, _body: (200, b'{"errcode":0}')
    post = RobotPost("https://oapi.dingtalk.com/robot/send?access_token=t", "SECkey", robot.url)
    assert post.post({"msgtype": "markdown"}, NOW).fate is Fate.TAKEN
    post.close()
    asked = {key: value for key, (value,) in parse_qs(urlsplit(robot.requests[0][0]).query).items()}
    right = base64.b64encode(hmac.new(b"SECkey", f"{NOW}\nSECkey".encode(), hashlib.sha256).digest()).decode()
    assert asked == {"access_token": "t", "timestamp": str(NOW), "sign": right}


def test_a_clock_that_is_wrong_is_corrected_by_what_the_robot_says(robot):
    import time

    def answer(path, _body):
        stamp = int(parse_qs(urlsplit(path).query)["timestamp"][0])
        near = abs(stamp - time.time() * 1000) < 3_600_000
        return 200, b'{"errcode":0}' if near else b'{"errcode":310000,"errmsg":"invalid timestamp"}'

    robot.answer = answer
    post = RobotPost("https://oapi.dingtalk.com/robot/send?access_token=t", "SECkey", robot.url)
    wrong = round(time.time() * 1000) + 50 * 86_400_000
    assert [post.post({}, wrong).fate for _ in range(2)] == [Fate.TAKEN, Fate.TAKEN]
    post.close()
    assert len(robot.requests) == 3


def test_a_robot_that_hangs_up_leaves_it_open_whether_the_message_arrived(robot):
    robot.answer = lambda _path, _body: None
    post = RobotPost(f"{robot.url}/robot/send?access_token=t")
    assert post.post({}, NOW).fate is Fate.UNSURE
    post.close()


def test_a_robot_that_nobody_listens_at_is_asked_again():
    post = RobotPost("http://127.0.0.1:9/robot/send?access_token=t")
    assert post.post({}, NOW).fate is Fate.AGAIN
