"""Runs of LangFlow that wait for a human: set aside, counted, and recorded once when they have ended."""

import asyncio
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from flowvigil.integrations.langflow import tracing, waiting
from flowvigil.integrations.langflow.span import measured
from flowvigil.integrations.sources import Sources
from flowvigil.reporter import runs
from flowvigil.reporter.health import stats
from flowvigil.reporter.recording import RECORDER
from flowvigil.testing import Captured

KNOWN = Sources(known=False)
ARMED = SimpleNamespace(pause_requested=True, checkpointing_enabled=True)
UNARMED = SimpleNamespace(pause_requested=True, checkpointing_enabled=False)


class GraphPausedException(Exception):  # noqa: N818 - LangFlow calls it so
    pass


def ends(seen: Captured) -> list[tuple[str, str]]:
    return [(run["flow"], run["status"]) for run in seen.runs]


def by_span(*, waits: bool, run_id: str = "1", flow: str = "poem") -> None:
    """One part of a run of LangFlow 1.12 and later."""

    @contextmanager
    def flow_execution_span(_graph):
        yield SimpleNamespace(error_type=None)

    graph = SimpleNamespace(flow_name=flow, flow_id="5b0c", _run_id=run_id)
    with measured(flow_execution_span, KNOWN)(graph):
        if waits:
            raise GraphPausedException


def wait_by_span(run_id: str = "1", flow: str = "poem") -> None:
    with pytest.raises(GraphPausedException):
        by_span(waits=True, run_id=run_id, flow=flow)


def part(graph: object) -> None:
    """One part of a run of LangFlow 1.11, up to where it waits or ends."""
    tracing.begin("1", "poem - 5b0c", "5b0c", KNOWN)
    with tracing.component(graph):
        pass


async def told(graph: object) -> None:
    part(graph)
    tracing.end(None)


def said(seen: Captured) -> dict[str, str]:
    """What the reporter's events of the minute that ends say of waiting runs, by flow."""
    seen.end_minute()
    events = [item for item in seen._sink.items if isinstance(item, dict) and item["event"] == "reporter"]
    return {one["flow"]: one["waiting_runs"] for one in events if "waiting_runs" in one}


def test_a_run_that_waits_is_recorded_when_it_has_ended(seen: Captured) -> None:
    wait_by_span()
    assert ends(seen) == []
    by_span(waits=False)
    assert ends(seen) == [("poem", "succeeded")]


def test_a_run_that_waited_lasts_as_long_as_it_worked_before_and_after(seen: Captured) -> None:
    for part_ms in (1e6, 2e6):
        wait_by_span()
        items, _ = RECORDER.waiting["1"]
        RECORDER.waiting["1"] = (items, part_ms)
    by_span(waits=False)
    assert 2e6 < float(seen.runs[0]["duration_ms"]) < 2.1e6


def test_a_second_wait_keeps_what_was_worked_before_the_first(seen: Captured) -> None:
    wait_by_span()
    RECORDER.waiting["1"] = (RECORDER.waiting["1"][0], 1e6)
    wait_by_span()
    assert 1e6 < RECORDER.waiting["1"][1] < 1.1e6


def test_stats_and_the_reporters_event_count_the_runs_that_wait(seen: Captured) -> None:
    for run_id in "12":
        wait_by_span(run_id)
    wait_by_span("3", "essay")
    by_span(waits=False, run_id="4", flow="song")
    assert stats(seen.reporter, 0.0)["runs_waiting"] == 3
    assert said(seen) == {"essay": "1", "poem": "2"}


def test_a_run_that_goes_on_waits_no_more(seen: Captured) -> None:
    wait_by_span()
    by_span(waits=False)
    assert said(seen) == {}


def test_runs_that_nobody_answers_do_not_fill_the_memory(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "KEPT", 2)
    for run_id in "123":
        wait_by_span(run_id)
    assert list(RECORDER.waiting) == ["3"]


def test_before_1_12_a_run_waits_when_a_component_has_asked(seen: Captured) -> None:
    asyncio.run(told(ARMED))
    assert (ends(seen), list(RECORDER.waiting)) == ([], ["1"])
    asyncio.run(told(None))
    assert (ends(seen), list(RECORDER.waiting)) == ([("poem", "succeeded")], [])


def test_before_1_12_a_run_waits_also_when_nobody_tells_of_its_end(seen: Captured) -> None:
    async def run() -> None:
        part(ARMED)

    asyncio.run(run())
    assert (ends(seen), list(RECORDER.waiting)) == ([], ["1"])


def test_before_1_12_a_run_that_goes_on_in_the_same_task_is_one_run(seen: Captured) -> None:
    async def run() -> None:
        part(ARMED)
        await told(None)

    asyncio.run(run())
    assert (ends(seen), list(RECORDER.waiting)) == ([("poem", "succeeded")], [])


def test_before_1_12_the_wait_for_the_human_does_not_count(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "perf_counter", lambda: 8.0)
    monkeypatch.setattr(tracing, "perf_counter", lambda: 10.0)
    monkeypatch.setattr(waiting, "perf_counter", lambda: 100.0)
    asyncio.run(told(ARMED))
    assert RECORDER.waiting["1"][1] == 2000.0


def test_a_graph_that_cannot_wait_ends_although_a_component_asks(seen: Captured) -> None:
    asyncio.run(told(UNARMED))
    assert ends(seen) == [("poem", "succeeded")]


def test_a_run_that_fails_while_a_component_asks_has_failed(seen: Captured) -> None:
    async def run() -> None:
        tracing.begin("1", "poem - 5b0c", "5b0c", KNOWN)
        with pytest.raises(ZeroDivisionError), tracing.component(ARMED):
            raise ZeroDivisionError
        tracing.end(None)

    asyncio.run(run())
    assert ends(seen) == [("poem", "failed")]
