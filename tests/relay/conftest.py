"""A pretend cloud with a virtual clock, a relay as a process or in hand, and what both are told."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from flowvigil.relay.message import Seen
from flowvigil.relay.relay import Relay
from flowvigil.relay.robots import Fate, Verdict
from flowvigil.relay.settings import Condition, Flow, Level, Robot, Rule, Settings, to_json
from flowvigil.relay.settings import Store as LogPlace
from flowvigil.relay.store import Store
from flowvigil.reporter.wire.rpc import Keys
from tests.emulator.conftest import NOW, Cloud, cloud, shared_cloud, shared_virtual_cloud, virtual_cloud
from tests.reporter.builders import Service

__all__ = ["cloud", "shared_cloud", "shared_virtual_cloud", "virtual_cloud"]

SECRET = "a-secret-of-twenty-4"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ENVIRON = {
    "FLOWVIGIL_SECRET_RELAY_URL": f"http://127.0.0.1:1/callback/{SECRET}",
    "FLOWVIGIL_SECRET_ROBOT": "https://oapi.dingtalk.com/robot/send?access_token=token-of-the-team",
    "FLOWVIGIL_SECRET_ROBOT_SIGN": "SEC-of-the-team",
    "FLOWVIGIL_SECRET_ONCALL": "https://oapi.dingtalk.com/robot/send?access_token=token-of-oncall",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "test",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "test",
}


class Fixed:
    def keys(self, _now: float, _timeout_s: float) -> Keys:
        return Keys("test", "test")

    def expired(self) -> None: ...


def level(severity: str, threshold: float, says: str, *robots: str, repeat_s: int = 1800) -> Level:
    return Level(severity, threshold, says, repeat_s, robots or ("robot",))


SLOW = Condition("slow_streak", "slow_streak", 60, 60, (level("critical", 3, "≥ 3 次 > 5s"),), over_ms=5000.0)
P95 = Condition("p95", "p95", 60, 180, (level("critical", 8000, "> 8s"), level("warning", 5000, "> 5s")))


def flow(name: str = "poem", *conditions: Condition, **more: Any) -> Flow:
    given = {"title": "客服问答", "owner": "assistant-team", "slice": "e049f96a0edf7329", **more}
    return Flow(flow=name, logs=LogPlace("proj", "runs"), conditions=conditions or (SLOW, P95), **given)


def settings(*flows: Flow, **more: Any) -> Settings:
    given: dict[str, Any] = {"language": "zh", "robots": (Robot("robot", at=("zhangsan",)),), **more}
    rules = [
        Rule(f"{one.title} {made.alarm} {one.flow} [svc]", one.flow, made.alarm, f"{one.flow}-{made.alarm}")
        for one in flows
        for made in one.conditions
    ]
    return Settings(
        service="svc",
        region="cn-hangzhou",
        console="http://console.test",
        url="relay-url",
        flows=flows,
        rules=tuple(rules),
        **given,
    )


def on(cloud: Cloud, given: Settings) -> Settings:
    """The settings of a relay beside this cloud."""
    base = f"http://{cloud.address}"
    return replace(given, console=base, endpoints={"cms": base, "log": base, "dingtalk": base})


def form(**change: str) -> bytes:
    """A callback's body as the service's page has it."""
    fields = {
        "alertName": "客服问答 slow_streak poem [svc]",
        "alertState": "ALERT",
        "curValue": "3",
        "dimensions": "{userId=1, groupId=0, flow=poem, service=svc}",
        "expression": "$Maximum>=3",
        "metricName": "m",
        "namespace": "acs_customMetric_1",
        "preTriggerLevel": "OK",
        "ruleId": "poem-slow_streak",
        "signature": "null",
        "timestamp": str(NOW),
        "triggerLevel": "CRITICAL",
        "userId": "1",
        **change,
    }
    return urllib.parse.urlencode(fields).encode()


@dataclass
class Post:
    """A robot in hand: remembers what it took, answers what it is told, then success."""

    verdicts: list[Verdict | BaseException] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def post(self, body: dict[str, Any], _now: int) -> Verdict:
        told = self.verdicts.pop(0) if self.verdicts else Verdict(Fate.TAKEN, "0")
        if isinstance(told, Verdict) and told.fate not in (Fate.TAKEN, Fate.UNSURE):
            return told
        if not isinstance(told, BaseException) or told.args:
            self.taken.append(body["markdown"]["text"])
        if isinstance(told, BaseException):
            raise told
        return told

    def close(self) -> None: ...

    def heads(self) -> list[str]:
        return [text.splitlines()[0].removeprefix("### 监控报警 ") for text in self.taken]


@dataclass
class Process:
    """A relay as a process of its own."""

    process: subprocess.Popen[str]
    address: str

    @property
    def callback(self) -> str:
        return f"{self.address}/callback/{SECRET}"

    def get(self, path: str) -> Any:
        with OPENER.open(self.address + path, timeout=60) as answer:
            return json.loads(answer.read())

    def post(self, body: bytes) -> int:
        request = urllib.request.Request(self.callback, body, method="POST")
        try:
            with OPENER.open(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, http.client.HTTPException):
            return 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a relay with these settings beside a cloud, on its state of before, whose clock is the cloud's."""
    running: list[Process] = []

    def begin(cloud: Cloud, given: Settings, **environ: str) -> Process:
        file = tmp_path / "relay.json"
        file.write_text(json.dumps(to_json(on(cloud, given))))
        command = [sys.executable, "-m", "flowvigil.relay", "--settings", str(file), "--state", str(tmp_path / "state")]
        command += ["--port", "0", "--clock", f"http://{cloud.address}/-/clock", "--gather-ms", "200"]
        environment = {**os.environ, **ENVIRON, **environ}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        running.append(Process(process, process.stdout.readline().strip().removeprefix("relay: ")))
        return running[-1]

    yield begin
    for one in running:
        one.process.kill()
        one.process.wait()
        if one.process.stdout:
            one.process.stdout.close()


def until(true: Callable[[], Any], wait_s: float = 60.0) -> Any:
    """What `true` gives as soon as it gives something."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def outbox(cloud: Cloud, status: str = "sent") -> list[dict[str, Any]]:
    """What the robots took, as the relay posted it."""
    return [one for one in cloud.door("outbox?channel=dingtalk") if "message" in one and one["status"] == status]


def texts(cloud: Cloud) -> list[str]:
    return [one["message"]["markdown"]["text"] for one in outbox(cloud)]


class Desk:
    """A relay in hand with robots in hand: nothing runs but what the test calls; `clock` is in ms."""

    def __init__(self, folder: Path, given: Settings, state: Path | None, **environ: str) -> None:
        file = folder / "relay.json"
        file.write_text(json.dumps(to_json(given)))
        self.clock = NOW
        self.relay = Relay(file, Store(state), {**ENVIRON, **environ}, Fixed(), lambda: self.clock, 0)
        self.posts = {one.secret: Post() for one in given.robots}
        self.relay.posts = dict(self.posts)  # type: ignore[arg-type]
        self.relay._look = lambda _notice: Seen(None, ())  # type: ignore[method-assign]

    def says(self, alarm: str, state: str, minute: float, value: str = "9000", **more: str) -> None:
        """A callback of the flow poem's rule, so many minutes after the beginning."""
        ended = state == "OK"
        body = {
            "ruleId": f"poem-{alarm}",
            "alertState": "OK" if ended else "INSUFFICIENT_DATA" if state == "NO_DATA" else "ALERT",
            "triggerLevel": "OK" if ended else state,
            "timestamp": str(NOW + round(minute * 60_000)),
            "curValue": value,
            **more,
        }
        self.relay.accept(form(**body))

    def work(self, minutes: float = 0) -> None:
        """Judge and send everything that may be sent now, after so many minutes."""
        self.clock += round(minutes * 60_000)
        self.relay.judge()
        while self.relay.deliver():
            pass

    def heads(self, robot: str = "robot") -> list[str]:
        return self.posts[robot].heads()

    def count(self, name: str) -> int:
        return self.relay.store.counters().get(name, 0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(*flows: Flow, state: Path | None = None, environ: dict[str, str] | None = None, **more: Any) -> Desk:
        desks.append(Desk(tmp_path, settings(*(flows or (flow(),)), **more), state, **(environ or {})))
        return desks[-1]

    yield make
    for one in desks:
        one.relay.close()


@pytest.fixture
def service() -> Iterator[Service]:
    """A team's own service, which takes every call."""
    made = Service()
    made.answer = lambda _path, _body: (200, b"ok")
    yield made
    made.close()
