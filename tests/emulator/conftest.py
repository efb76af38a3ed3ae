"""A pretend cloud on a real socket for each test, in a thread of this process."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.listening import listen
from flowvigil.emulator.server import server
from flowvigil.emulator.world import World, world
from tests.serving import served

NOW = 1_800_000_000_000
VERSIONS = {
    "cms": "2019-01-01",
    "ram": "2015-05-01",
    "sts": "2015-04-01",
    "location": "2015-06-12",
    "bss": "2017-12-14",
    "slspop": "2019-10-23",
}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


ESCALATION = {"Statistics": "Average", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5", "Times": "3"}
RULE = {
    "RuleId": "r",
    "RuleName": "slow",
    "Namespace": "acs_customMetric_1000000000000001",
    "MetricName": "m",
    "ContactGroups": "g",
    "Resources": '[{"groupId": "0", "dimension": "flow=a"}]',
    "Escalations": {"Critical": ESCALATION},
}


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return str(self.body.get("Code") or self.body.get("errorCode"))


@dataclass
class Cloud:
    """A client of the classic RPC form and of Log Service's REST form, written against the documentation."""

    address: str
    world: World
    key: str = "test"

    def rpc(self, action: str, service: str = "cms", **params: Any) -> Answer:
        flat = {"Action": action, "Version": VERSIONS[service], "AccessKeyId": self.key, **flatten(params)}
        return self.send("POST", "/?" + urllib.parse.urlencode(flat))

    def put_rule(self, **change: Any) -> Answer:
        """Put a rule that is fine but for `change`; None leaves a field out."""
        fields = {name: value for name, value in {**RULE, **change}.items() if value is not None}
        return self.rpc("PutResourceMetricRule", **fields)

    def sls(self, method: str, project: str, path: str, body: Any = None, **headers: str) -> Answer:
        host = f"{project}.httpsls.test" if project else "httpsls.test"
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        signed = {"Host": host, "Authorization": f"LOG {self.key}:sig", "Content-Type": "application/json"}
        return self.send(method, path, data, **signed, **headers)

    def door(self, path: str, body: Any = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        return self.send(method or ("GET" if data is None else "POST"), "/-/" + path, data).body

    def send(self, method: str, target: str, data: bytes | None = None, **headers: str) -> Answer:
        request = urllib.request.Request(f"http://{self.address}{target}", data, headers, method=method)
        try:
            with OPENER.open(request, timeout=60) as answer:
                return _answer(answer.status, answer)
        except urllib.error.HTTPError as error:
            return _answer(error.code, error)


def _answer(status: int, answer: Any) -> Answer:
    text = answer.read()
    return Answer(status, json.loads(text) if text else None, dict(answer.headers))


def flatten(value: Any, name: str = "") -> dict[str, str]:
    """`{"A": [{"B": 1}]}` becomes `{"A.1.B": "1"}`, as every client of the RPC form does."""
    if isinstance(value, dict):
        parts = [(str(key), inner) for key, inner in value.items()]
    elif isinstance(value, list):
        parts = [(str(number), inner) for number, inner in enumerate(value, 1)]
    else:
        return {name: str(value)}
    return {k: v for key, inner in parts for k, v in flatten(inner, f"{name}.{key}" if name else key).items()}


def running_cloud(**options: Any) -> tuple[Cloud, Callable[[], None]]:
    opened = world(**options)
    sock = listen(0)
    cloud = Cloud(f"127.0.0.1:{sock.getsockname()[1]}", opened)
    end_serving = served(server(opened), sock)

    def end() -> None:
        end_serving()
        opened.close()

    return cloud, end


@pytest.fixture
def start_cloud() -> Iterator[Callable[..., Cloud]]:
    """Starts a cloud of its own with the given options."""
    ends: list[Callable[[], None]] = []

    def start(**options: Any) -> Cloud:
        started, end = running_cloud(**options)
        ends.append(end)
        return started

    yield start
    for end in ends:
        end()


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[Cloud]:
    started, end = running_cloud()
    yield started
    end()


@pytest.fixture(scope="session")
def shared_virtual_cloud() -> Iterator[Cloud]:
    started, end = running_cloud(now=VirtualClock(NOW))
    yield started
    end()


@pytest.fixture
def virtual_cloud(shared_virtual_cloud: Cloud) -> Iterator[Callable[..., Cloud]]:
    """Hands out an empty cloud whose clock goes on from test to test, in whole minutes."""
    yield lambda **_: shared_virtual_cloud
    shared_virtual_cloud.door("reset", {})
    shared_virtual_cloud.door("clock", {"advance": 60 - shared_virtual_cloud.world.now() / 1000 % 60})


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Iterator[Cloud]:
    """An empty lenient cloud; its clock stands still at NOW unless a test moves it."""
    shared_cloud.world.now = lambda: NOW
    yield shared_cloud
    shared_cloud.door("reset", {})
    shared_cloud.world.switches.profile = "lenient"
    shared_cloud.world.accounts.keys = {}
