"""The order of run events: by `__time__`, then `ended_us`, runs are as they ended, however their ids sort."""

from typing import Any

import pytest

import flowvigil
from flowvigil.reporter import recording, runs
from flowvigil.reporter.contract import FlowSettings, Settings
from flowvigil.reporter.recording import Recorder
from flowvigil.testing import Captured, capture

SECOND = 1_800_000_000.0


def failed(ended: float, run_id: str | None = None, duration_ms: float = 7.0) -> tuple[Any, ...]:
    return ("failed", duration_ms, None, run_id, None, None, None, ended, ())


def in_order(events: list[dict[str, str]]) -> list[str]:
    """Durations as Log Service puts the events in order."""
    ordered = sorted(events, key=lambda one: (int(float(one["time"])), int(one["ended_us"]), one["run_id"]))
    return [one["duration_ms"].partition(".")[0] for one in ordered]


def test_an_event_tells_the_microsecond_in_which_its_run_ended(recorder: Recorder, seen: Captured) -> None:
    recorder.put(recorder.admit("poem"), failed(SECOND + 0.25))
    assert seen.runs[0]["ended_us"] == "1800000000250000"


def test_runs_with_ids_of_their_own_are_in_order_of_completion(recorder: Recorder, seen: Captured) -> None:
    for place, run_id in enumerate(("f" * 32, "9" * 32, "0" * 32)):
        recorder.put(recorder.admit("poem"), failed(SECOND + place / 1000, run_id, place))
    seen.clock.advance(1)
    assert in_order(seen.runs) == ["0", "1", "2"]


def test_a_plain_run_ended_before_the_run_that_follows_it(recorder: Recorder, seen: Captured) -> None:
    items = recorder.admit("poem")
    for run in (failed(SECOND + 0.1, "8" * 32, 1), 2.0, failed(SECOND + 0.3, "8" * 32, 3), 4.0):
        recorder.put(items, run)
    seen.clock.advance(1)
    events = seen.runs
    assert in_order(events) == ["1", "2", "3", "4"]
    assert [one["ended_us"] for one in events] == [
        "1800000000100000", "1800000000299999", "1800000000300000", "1800000001000000",
    ]  # fmt: skip


def test_a_plain_run_is_last_although_the_fold_began_before_the_run_in_front_of_it_ended(
    recorder: Recorder, seen: Captured
) -> None:
    items = recorder.admit("poem")
    recorder.put(items, failed(SECOND + 0.000_050, "f" * 32, 1))
    recorder.put(items, 2.0)
    assert in_order(seen.runs) == ["1", "2"]


def test_an_event_that_stands_for_several_runs_tells_when_its_own_ended(recorder: Recorder) -> None:
    flow = FlowSettings("poem", sampling=2, slow_over_ms=5000.0)
    with capture(Settings("svc", "cn-test", flows=(flow,)), recorder) as seen:
        items = recorder.admit("poem")
        for run in (1.0, failed(SECOND + 0.5), 1.0, failed(SECOND + 0.7)):
            recorder.put(items, run)
        kept = next(one for one in seen.runs if one["weight"] == "2")
    assert kept["ended_us"] in {"1800000000499999", "1800000000699999"}


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch):
    """What this process reports of a flow of many reporters, a tenth of a second after each run."""
    with capture(Settings("svc", "cn-test", flows=(FlowSettings("poem", reporters="many"),))) as seen:
        ends = iter(SECOND + tenth / 10 for tenth in range(1, 10))
        monkeypatch.setenv("FLOWVIGIL_ENV", "test")
        monkeypatch.setattr(recording, "time", lambda: next(ends))
        monkeypatch.setattr(runs, "time", lambda: next(ends))
        yield seen


def test_of_many_reporters_each_plain_run_tells_its_own_end(many: Captured) -> None:
    @flowvigil.observe(name="poem")
    def write() -> None: ...

    flowvigil.record("poem", 1.0)
    with flowvigil.flow("poem"):
        pass
    write()
    many.clock.advance(1)
    assert [one["ended_us"][-7:] for one in many.runs] == ["0100000", "0200000", "0300000"]


def test_settings_that_come_later_say_whether_runs_keep_their_end(recorder: Recorder) -> None:
    one, several = (Settings("svc", "cn-test", flows=(FlowSettings("poem", reporters=how),)) for how in ("one", "many"))
    with capture(one, recorder) as seen:
        kept = [recorder.plain]
        for settings in (several, one):
            seen.reporter.configure(settings)
            kept.append(recorder.plain)
    assert kept == [True, False, True]


def test_a_process_that_traces_stays_so_whatever_the_settings(recorder: Recorder) -> None:
    with capture(None, recorder) as seen:
        recorder.trace = lambda: None
        seen.reporter.configure(Settings("svc", "cn-test"))
        assert not recorder.plain
