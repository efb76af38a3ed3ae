"""A pretend cloud on a virtual clock and on a real socket, a probe of it, and a project that lives on it."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest

from flowvigil.cli import run
from flowvigil.deploy.cloud import Access, Cloud
from flowvigil.deploy.probe import PREFIX, Bench, Inquiry, chosen, probe
from flowvigil.deploy.probe.inquiry import FAMILIES
from flowvigil.deploy.probe.listening import Listener
from flowvigil.deploy.probe.waiting import clock_of
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.inspection import objects
from flowvigil.emulator.world import World
from tests.emulator.conftest import NOW, running_cloud

ACCOUNT = "1000000000000001"


@dataclass
class Site:
    """One pretend cloud under probe."""

    world: World
    address: str

    def bench(self, listener: Listener | None = None) -> Bench:
        endpoints = {"cms": self.address, "sts": self.address, "log": "httpsls.test"}
        cloud = Cloud(Access("cn-hangzhou", endpoints, "HTTP", "key", "secret"))
        return Bench(cloud, clock_of(self.address), ACCOUNT, "cn-hangzhou", f"{PREFIX}0a1b2c", listener)

    def answers(self, *inquiries: Inquiry) -> dict[str, str | None]:
        """What a probe finds out, by name."""
        report = probe(self.bench(), inquiries, lambda _: None)
        assert (report.failed, report.stuck) == ([], [])
        return {fact.name: fact.answer for fact in report.facts}

    def sls(self, method: str, project: str, path: str, body: Any) -> None:
        """Make something in Log Service, which the address reaches by the Host header."""
        host = f"{project}.httpsls.test" if project else "httpsls.test"
        headers = {"Host": host, "Authorization": "LOG key:none", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"http://{self.address}{path}", json.dumps(body).encode(), headers, method=method
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()

    def put_lines(self, project: str, store: str, lines: bytes) -> None:
        """Send a LogGroup, as reporters and targets of rules do."""
        headers = {"Host": f"{project}.httpsls.test", "Authorization": "LOG key:none"}
        address = f"http://{self.address}/logstores/{store}/shards/lb"
        request = urllib.request.Request(address, lines, {**headers, "x-log-bodyrawsize": str(len(lines))})
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()

    def left(self) -> Any:
        """Whatever objects and series the account holds."""
        series = self.world.state.db.execute("SELECT DISTINCT metric FROM points").fetchall()
        return [kind for kinds in objects(self.world).values() for kind, found in kinds.items() if found], series


def answering(name: str) -> Inquiry:
    """The inquiry that answers a question."""
    return next(one for one in chosen(FAMILIES) if name in one.answers)


@pytest.fixture
def site():
    cloud, end = running_cloud(now=VirtualClock(NOW))
    yield Site(cloud.world, cloud.address)
    end()


@pytest.fixture
def project(site, tmp_path, monkeypatch, capsys):
    """A project whose stack lives on the pretend cloud of the test."""
    monkeypatch.setenv("FLOWVIGIL_PORT", site.address.rpartition(":")[2])
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    assert run(["init"]) == 0
    capsys.readouterr()
    return tmp_path / "shop"
