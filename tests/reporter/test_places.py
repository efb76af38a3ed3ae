"""Whose runs go to which Log Service store: a flow with a store of its own, and the stack's store for all others."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowvigil import doctor
from flowvigil.provisioner.monitor import LogStore
from flowvigil.provisioner.plan import plan
from flowvigil.reporter import notice
from flowvigil.reporter.assembly import Assembly
from flowvigil.reporter.channel import Channel
from flowvigil.reporter.contract import FlowSettings, Place, Series, Settings, settings_from_json, settings_to_json
from flowvigil.reporter.engine import Engine
from flowvigil.reporter.events import as_event
from flowvigil.reporter.options import Options
from flowvigil.reporter.recording import Recorder
from flowvigil.reporter.reporter import Reporter, Route
from flowvigil.reporter.sinks.local import MemorySink

from ..plan.builders import STACK, monitor, monitors
from .builders import Service

HOME, OWN = Place("acme", "runs"), Place("llm", "runs2")
POEM, SEARCH = FlowSettings("poem", log_project="llm", logstore="runs2"), FlowSettings("search")
SETTINGS = Settings("svc", "cn-test", log_project="acme", logstore="runs", flows=(POEM, SEARCH))
START = 1_800_000_000.0


class Stores:
    """A reporter with one memory for each place; `everything` takes what goes to no store in particular."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.sinks = {place: MemorySink() for place in (HOME, OWN, None)}
        self.channels = [Channel(sink) for sink in self.sinks.values()]
        routes = [
            Route(channel, events=as_event, place=place)
            for place, channel in zip(self.sinks, self.channels, strict=True)
        ]
        self.recorder = Recorder()
        self.recorder.live = self.recorder.plain = True
        self.reporter = Reporter(self.recorder, settings, routes, "r", START)

    def flows(self, place: Place | None, event: str) -> list[str]:
        for channel in self.channels:
            channel.step(START, 1.0)
        return [item["flow"] for item in self.sinks[place].items if item["event"] == event]


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.fixture(autouse=True)
def _afresh() -> None:
    notice.forget()


def places(settings: Settings, **chosen: object) -> list[Place | None]:
    return [route.place for route in Assembly(Options(**chosen)).routes(settings)]


def test_the_runs_of_a_flow_with_a_store_of_its_own_go_there_and_nowhere_else() -> None:
    stores = Stores()
    for name in ("poem", "search", "poem", "nobody-planned-this"):
        stores.recorder.record(name, 5.0)
    stores.reporter.tick(START + 1)
    assert stores.flows(OWN, "run") == ["poem", "poem"]
    assert stores.flows(HOME, "run") == ["search", "nobody-planned-this"]


def test_a_reporter_says_of_each_flow_that_it_lives_where_the_alert_looks() -> None:
    stores = Stores()
    for name in ("poem", "search"):
        stores.recorder.reserve(name)
    stores.reporter.tick(START + 60)
    assert stores.flows(OWN, "reporter") == ["poem"]
    assert stores.flows(HOME, "reporter") == ["search"]


def test_a_sink_that_is_no_store_gets_the_events_of_every_flow() -> None:
    stores = Stores()
    for name in ("poem", "search"):
        stores.recorder.record(name, 5.0)
    stores.reporter.tick(START + 60)
    assert stores.flows(None, "run") == ["poem", "search"]
    assert stores.flows(None, "reporter") == ["poem", "search"]


def test_a_flow_that_moves_to_another_store_reports_there_from_then_on() -> None:
    stores = Stores()
    stores.recorder.record("poem", 1.0)
    stores.reporter.tick(START + 1)
    stores.reporter.configure(SETTINGS._replace(flows=(FlowSettings("poem"), SEARCH)))
    stores.recorder.record("poem", 2.0)
    stores.reporter.tick(START + 2)
    assert stores.flows(OWN, "run") == ["poem"]
    assert stores.flows(HOME, "run") == ["poem"]


def test_there_is_one_sink_for_each_store_however_many_flows_share_it() -> None:
    other = FlowSettings("other", log_project="llm", logstore="runs2")
    assert places(SETTINGS._replace(flows=(POEM, SEARCH, other))) == [HOME, OWN]


def test_each_store_is_written_in_its_own_project() -> None:
    hosts = [route.channel.sink._url for route in Assembly(Options()).routes(SETTINGS)]
    assert hosts == ["https://acme.cn-test.log.aliyuncs.com", "https://llm.cn-test.log.aliyuncs.com"]


def test_the_books_tell_the_stores_apart() -> None:
    sinks = [route.channel.sink.name for route in Assembly(Options()).routes(SETTINGS)]
    assert sinks == ["log", "log llm/runs2"]


def test_a_stack_without_a_store_still_fills_those_of_its_flows() -> None:
    assert places(SETTINGS._replace(log_project="", logstore="")) == [OWN]


def test_half_a_store_is_none_and_the_stacks_own_counts() -> None:
    assert SETTINGS.place(FlowSettings("poem", log_project="llm")) == HOME


def test_the_file_says_a_store_only_where_it_is_another_than_the_stacks() -> None:
    written = settings_to_json(SETTINGS)["flows"]
    assert (written["poem"]["log_project"], written["poem"]["logstore"]) == ("llm", "runs2")
    assert "logstore" not in written["search"]
    assert settings_from_json(settings_to_json(SETTINGS)) == SETTINGS


def test_a_plan_hands_over_a_store_that_differs_from_the_stacks() -> None:
    home = LogStore(plan(monitors(), STACK).settings.log_project, "runs")
    found = plan(monitors(monitor("a", logs=LogStore("llm", "runs2")), monitor("b", logs=home), monitor("c")), STACK)
    assert [(one.flow, one.log_project, one.logstore) for one in found.settings.flows] == [
        ("a", "llm", "runs2"),
        ("b", "", ""),
        ("c", "", ""),
    ]


def test_dashboards_and_alerts_ask_the_store_that_the_reporter_fills() -> None:
    found = plan(monitors(monitor("a", logs=LogStore("llm", "runs2"))), STACK)
    (board,) = [one for one in found.objects if one.key == "flow.a.dashboard"]
    asked = set(re.findall(r'"logstore":"([^"]+)"', board.charts))
    assert (board.project, asked) == ("llm", {"runs2"})
    assert found.settings.place(found.settings.flows[0]) == ("llm", "runs2")


def test_a_running_reporter_adds_the_sink_of_a_store_that_a_new_file_names(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings_to_json(SETTINGS._replace(flows=(SEARCH,)))))
    engine = Engine(Recorder(), Options(settings_path=str(path)))
    before = engine.reporter.routes
    path.write_text(json.dumps(settings_to_json(SETTINGS)))
    engine.reload()
    assert [route.place for route in before] == [HOME]
    assert [route.place for route in engine.reporter.routes] == [HOME, OWN]
    assert engine.reporter.routes[0] is before[0]


def test_a_reporter_that_started_before_its_file_was_there_sends_once_it_is(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    recorder = Recorder()
    engine = Engine(recorder, Options(settings_path=str(path)))
    recorder.reserve("poem").append(5.0)
    engine.reporter.tick(START)
    before = engine.reporter.routes
    judged = SEARCH._replace(series=(Series("m", "p95", "p95"),))
    path.write_text(json.dumps(settings_to_json(SETTINGS._replace(flows=(POEM, judged)))))
    engine.reload()
    recorder.reserve("poem").append(6.0)
    engine.reporter.tick(START + 1)
    assert before == []
    waiting = {route.channel.sink.name: route.channel.waiting for route in engine.reporter.routes}
    assert waiting == {"cms": 0, "log": 0, "log llm/runs2": 1}


def test_each_store_that_refuses_is_said_once(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.answer = lambda _path, _body: (404, b'{"errorCode":"LogStoreNotExist","errorMessage":"gone"}')
    settings = SETTINGS._replace(endpoints={"log": service.url})
    sinks = [route.channel.sink for route in Assembly(Options(credentials=lambda: ("id", "secret"))).routes(settings)]
    for sink in [*sinks, *sinks]:
        sink.deliver([b""], time.time(), 5.0)
        sink.close()
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "flowvigil: the service refuses events for acme/runs: LogStoreNotExist: gone",
        "flowvigil: the service refuses events for llm/runs2: LogStoreNotExist: gone",
    ]


def test_the_doctor_sends_a_test_event_to_every_store(service: Service, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(
        json.dumps(settings_to_json(SETTINGS._replace(endpoints={"cms": service.url, "log": service.url})))
    )
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "i", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}
    found = doctor.examine({"FLOWVIGIL_SETTINGS": str(tmp_path / "settings.json"), **keys}, send=True)
    asked = [(headers["Host"], path) for path, headers, _ in service.requests if path.startswith("/logstores")]
    assert asked == [
        ("acme.httpsls.test", "/logstores/runs/shards/lb"),
        ("llm.httpsls.test", "/logstores/runs2/shards/lb"),
    ]
    assert [one.state for one in found if one.check == "logs"] == ["ok", "ok"]
