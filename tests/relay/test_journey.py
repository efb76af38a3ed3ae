"""From slow runs to the message and back, over real sockets: reporter, pretend cloud, relay as a process."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from flowvigil.relay.settings import Store
from flowvigil.reporter.channel import Channel
from flowvigil.reporter.contract import FlowSettings, Series, Settings
from flowvigil.reporter.events import as_log
from flowvigil.reporter.recording import Recorder
from flowvigil.reporter.reporter import Reporter, Route
from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.cms import CmsSink
from flowvigil.reporter.sinks.log import LogSink
from tests.emulator.conftest import Cloud

from .conftest import SLOW as SLOW_STREAK
from .conftest import Fixed, Process, flow, level, settings, texts, until

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds

SLOW, QUICK = 6000.0, 100.0
WORDS = ("event", "flow", "service", "status", "run_id")
INDEX = {
    "line": {"token": [",", " "]},
    "keys": {
        **{name: {"type": "text", "doc_value": True, "token": [","]} for name in WORDS},
        "duration_ms": {"type": "double", "doc_value": True},
    },
}

REPEATING = replace(SLOW_STREAK, levels=(level("critical", 3, "≥ 3 次 > 5s", repeat_s=900),))


class Poem:
    """The flow `poem`, measured by the real reporter on the cloud's clock; its rule calls the relay back."""

    def __init__(self, cloud: Cloud, relay: Process, silence_s: int = 900) -> None:
        self.cloud = cloud
        cloud.sls("POST", "", "/", {"projectName": "proj", "description": "d"})
        cloud.sls("POST", "proj", "/logstores", {"logstoreName": "runs", "ttl": 7, "shardCount": 1})
        cloud.sls("POST", "proj", "/logstores/runs/index", INDEX)
        level = {"Statistics": "Maximum", "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": "3"}
        answer = cloud.put_rule(
            RuleId="poem-slow_streak",
            RuleName="客服问答 slow_streak poem [svc]",
            MetricName="slow_streak",
            Resources='[{"groupId": "0", "dimension": "flow=poem&service=svc"}]',
            Escalations={"Critical": {**level, "Times": "1"}},
            SilenceTime=str(silence_s),
            SendOK="true",
            Webhook=relay.callback,
        )
        assert answer.status == 200
        url = f"http://{cloud.address}"
        self.points = Channel(CmsSink(url, Caller(Fixed())), seed=1)
        self.events = Channel(LogSink(url, "proj", "runs", "test", Caller(Fixed())), seed=1)
        self.recorder = Recorder()
        self.recorder.live = self.recorder.plain = True
        series = Series("slow_streak", "slow_streak", "slow_streak", over_ms=5000.0)
        known = Settings("svc", "cn-hangzhou", flows=(FlowSettings("poem", series=(series,)),))
        routes = [Route(self.points, points=True), Route(self.events, events=as_log)]
        self.reporter = Reporter(self.recorder, known, routes, "r", self.now)

    @property
    def now(self) -> float:
        return float(self.cloud.world.now()) / 1000

    def minute(self, *runs: float) -> None:
        for run in runs:
            self.recorder.record("poem", run, True)
        self.reporter.tick(self.now)
        self.cloud.door("clock", {"advance": 60})
        self.reporter.tick(self.now)
        for channel in (self.points, self.events):
            channel.step(self.now, 5.0)

    def close(self) -> None:
        self.points.sink.close()
        self.events.sink.close()


@pytest.fixture
def poem(virtual_cloud, start):
    made: list[Poem] = []

    def make(**more: Any) -> Poem:
        cloud = virtual_cloud()
        cloud.world.now.time -= cloud.world.now.time % 60_000
        relay = start(cloud, settings(flow("poem", REPEATING, **more)))
        made.append(Poem(cloud, relay))
        return made[-1]

    yield make
    for one in made:
        one.close()


def log_line(at: float, message: str) -> bytes:
    payload = as_log(at, b"", {}, {"message": message})
    assert isinstance(payload, bytes)
    return payload


def linked(text: str, name: str) -> dict[str, str]:
    """Path and parameters of the address that a wrapped link leads to."""
    wrapped = text.split(f"[{name}](")[1].split(")", maxsplit=1)[0]
    assert wrapped.startswith("dingtalk://dingtalkclient/page/link?")
    outer = parse_qs(urlsplit(wrapped).query)
    assert outer["pc_slide"] == ["false"]
    parts = urlsplit(outer["url"][0])
    asked = {key: value for key, (value,) in parse_qs(parts.query).items()}
    return {**asked, "path": parts.path, "host": parts.netloc, "query": b64decode(asked["queryString"]).decode()}


def test_slow_runs_become_one_message_whose_links_hold_exactly_those_runs_and_the_planted_error(poem):
    one = poem(context=Store("proj", "errors"))
    one.cloud.sls("POST", "proj", "/logstores", {"logstoreName": "errors", "ttl": 7, "shardCount": 1})
    one.cloud.sls("POST", "proj", "/logstores/errors/index", INDEX)
    app = LogSink(f"http://{one.cloud.address}", "proj", "errors", "app", Caller(Fixed()))
    one.minute(QUICK, QUICK)
    one.minute(SLOW)
    one.minute(SLOW + 1)
    one.minute(SLOW + 2)
    app.deliver([log_line(one.now - 60, "model overloaded")], one.now, 5.0)
    app.close()
    one.minute()
    one.minute()
    (text,) = until(lambda: texts(one.cloud))
    link = linked(text, "执行日志")
    found = one.cloud.sls(
        "GET", "proj", "/logstores/runs?" + f"type=log&from={link['startTime']}&to={link['endTime']}&query=" + "*"
    ).body
    assert sorted(float(line["duration_ms"]) for line in found if line.get("event") == "run") == [6000, 6001, 6002]
    assert link["path"] == "/lognext/project/proj/logsearch/runs"
    assert link["host"] == one.cloud.address
    assert "3 次, 阈值 ≥ 3 次 > 5s" in text
    errors = linked(text, "应用日志")
    asked = f"type=log&from={errors['startTime']}&to={errors['endTime']}&query=*"
    (line,) = one.cloud.sls("GET", "proj", f"/logstores/errors?{asked}").body
    assert line["message"] == "model overloaded"
    slowest = sorted(found_run["run_id"] for found_run in found if found_run.get("event") == "run")
    assert [part.split()[0] for part in text.split("最慢的执行: ")[1].splitlines()[0].split(", ")] == slowest[::-1]


def test_the_same_alarm_is_told_again_only_after_its_silence_and_ends_with_a_recovery(poem):
    one = poem()
    one.minute(SLOW, SLOW, SLOW)
    for _ in range(12):
        one.minute()
    until(lambda: len(texts(one.cloud)) == 1)
    for _ in range(5):
        one.minute()
    until(lambda: len(texts(one.cloud)) == 2)
    one.minute(QUICK)
    one.minute()
    one.minute()
    until(lambda: len(texts(one.cloud)) == 3)
    kinds = [text.splitlines()[0] for text in texts(one.cloud)]
    assert kinds == [
        "### 监控报警 严重 报警 客服问答 slow_streak",
        "### 监控报警 严重 仍在报警 客服问答 slow_streak",
        "### 监控报警 恢复 客服问答 slow_streak",
    ]
