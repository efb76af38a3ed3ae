"""The plug-in that LangFlow loads, beside a stand-in for lfx: with a span around a run, without one, and overruled."""

import asyncio
import importlib
import logging
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from flowvigil.integrations.langflow import standing
from flowvigil.reporter import notice
from flowvigil.testing import Captured

SERVICE = "flowvigil.integrations.langflow.service"
THEIRS = "theirs:Theirs"


class Stock:
    """LangFlow's own tracing service; remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def start_tracers(self, *_args, **_kwargs):
        self.told.append("start")

    async def end_tracers(self, _outputs, _error=None):
        self.told.append("end")

    @asynccontextmanager
    async def trace_component(self, *_args, **_kwargs):
        self.told.append("component")
        yield


class Graph:
    flow_name, flow_id = "poem", "5b0c"

    @contextmanager
    def flow_execution_span(self):
        yield SimpleNamespace(error_type=None)


@pytest.fixture
def load(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """Loads the plug-in as an lfx with this graph class would; then forgets it."""

    def loaded(graph: type):
        for name in ("lfx", "lfx.graph", "lfx.graph.graph", "lfx.services", "lfx.services.tracing"):
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
        base, service = ModuleType("lfx.graph.graph.base"), ModuleType("lfx.services.tracing.service")
        base.Graph, service.TracingService = graph, Stock
        monkeypatch.setitem(sys.modules, base.__name__, base)
        monkeypatch.setitem(sys.modules, service.__name__, service)
        sys.modules.pop(SERVICE, None)
        return importlib.import_module(SERVICE).TracingService()

    notice.forget()
    yield loaded
    sys.modules.pop(SERVICE, None)
    notice.forget()


async def told(service, *arguments, **more):
    await service.start_tracers(*arguments, **more)
    async with service.trace_component("component"):
        pass
    await service.end_tracers({})


def ends(seen: Captured) -> list[tuple[str, str]]:
    return [(run["flow"], run["status"]) for run in seen.runs]


def test_without_the_span_the_service_tells_of_runs_and_one_line_says_so(
    seen: Captured, load, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(2):
        asyncio.run(told(load(type("Graph", (), {})), "run-id", "poem - 5b0c"))
    assert ends(seen) == [("poem", "succeeded")] * 2
    assert caplog.text.count("has no Graph.flow_execution_span: runs are measured by its tracing service instead") == 1


class Awaited:
    @asynccontextmanager
    async def flow_execution_span(self):
        yield


class Plain:
    def flow_execution_span(self):
        return self


@pytest.mark.parametrize("later", [Awaited, Plain])
def test_a_span_of_another_kind_than_ours_is_left_alone_and_the_service_tells_of_runs(
    seen: Captured, load, caplog: pytest.LogCaptureFixture, later: type
) -> None:
    caplog.set_level(logging.WARNING)
    asyncio.run(told(load(type("Graph", (later,), {})), "run-id", "poem - 5b0c"))
    assert sys.modules["lfx.graph.graph.base"].Graph.flow_execution_span is later.flow_execution_span
    assert ends(seen) == [("poem", "succeeded")]
    assert "runs are measured by its tracing service instead" in caplog.text


def test_with_the_span_what_the_service_tells_is_not_counted_again(seen: Captured, load) -> None:
    service = load(type("Graph", (Graph,), {}))
    with sys.modules["lfx.graph.graph.base"].Graph().flow_execution_span():
        asyncio.run(told(service, "run-id", "poem - 5b0c"))
    assert ends(seen) == [("poem", "succeeded")]


@pytest.mark.parametrize("graph", [Graph, object])
def test_langflows_own_service_is_told_all_that_it_was(load, graph: type) -> None:
    service = load(type("Graph", (graph,), {}))
    asyncio.run(told(service, "run-id", "poem - 5b0c"))
    assert service.told == ["start", "component", "end"]


@pytest.mark.parametrize("arguments", [(), ("run-id",), (1, None), (object(), object(), object())])
def test_whatever_a_release_passes_the_flow_runs(load, arguments: tuple) -> None:
    service = load(type("Graph", (), {}))
    asyncio.run(told(service, *arguments, unheard_of=1))
    assert service.told == ["start", "component", "end"]


def test_components_may_ask_for_a_tracer_where_the_service_has_none(load) -> None:
    assert load(type("Graph", (), {})).get_tracer("langfuse") is None


LINE = f"write into lfx.toml, [services]: {standing.LINE}"
LACKING = "lfx 1.13.0 has no Graph.flow_execution_span, which LangFlow 1.12 and later has"
BY = "the entry point lfx.services: tracing_service"


@pytest.mark.parametrize(
    ("named", "line", "span", "route", "why"),
    [
        ([standing.SERVICE], "", True, "span", f"lfx 1.13.0: every run, by Graph.flow_execution_span; loaded by {BY}"),
        ([standing.SERVICE], "", False, "tracing service", f"{LACKING}; loaded by {BY}"),
        (
            [THEIRS, standing.SERVICE], "", True, "span",
            f"lfx 1.13.0: every run, by Graph.flow_execution_span; loaded by {BY}; {THEIRS} stays the tracing service",
        ),
        ([THEIRS, standing.SERVICE], "", False, "nothing", f"{LACKING}, and the tracing service is {THEIRS}: {LINE}"),
        ([THEIRS], standing.LINE, False, "tracing service", f"{LACKING}; loaded by lfx.toml"),
        ([THEIRS], "", True, "nothing", f"nothing makes lfx 1.13.0 load flowvigil: {LINE}"),
    ],
)  # fmt: skip
def test_the_way_that_is_active_is_told_with_its_reason_or_the_line_that_helps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: list[str], line: str, span: bool, route: str, why: str
) -> None:
    (tmp_path / "lfx.toml").write_text(f"[services]\n{line}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(standing, "installed", lambda: "1.13.0")
    monkeypatch.setattr(standing, "entry_points", lambda **_: [SimpleNamespace(value=one) for one in named])
    monkeypatch.setattr(standing, "_has_span", lambda: span)
    assert standing.standing({}) == standing.Standing(route, why)
