"""Run events and reporter events."""

from collections.abc import Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from flowvigil.reporter.recording import Recorder
from flowvigil.reporter.tracing import reader
from flowvigil.testing import Captured, FlowSettings, Settings, capture


def sampled(recorder: Recorder, sampling: int, durations: Sequence[float]) -> Captured:
    flow = FlowSettings("poem", sampling=sampling, slow_over_ms=5000.0)
    with capture(Settings("svc", "cn-test", flows=(flow,)), recorder) as seen:
        for duration in durations:
            recorder.record("poem", duration)
        recorder.record("poem", 1.0, success=False)
        seen.end_minute()
        seen.found = seen.runs
    return seen


def test_an_event_names_flow_service_metric_and_reporter(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 812.5)
    event = seen.runs[0]
    assert {name: event[name] for name in ("event", "flow", "service", "metric", "reporter", "status", "weight")} == {
        "event": "run",
        "flow": "poem",
        "service": "svc",
        "metric": "custom/langflow/generation/response_time",
        "reporter": "test",
        "status": "succeeded",
        "weight": "1",
    }


def test_an_event_of_a_plain_run_has_the_time_of_the_fold(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 1.0)
    assert seen.runs[0]["time"] == f"{seen.clock.now:.3f}"


def test_sampling_thins_fast_successes_and_keeps_the_sum_of_weights(recorder: Recorder) -> None:
    runs = sampled(recorder, 10, [100.0] * 95).found
    fast = [run for run in runs if run["status"] == "succeeded"]
    assert [int(run["weight"]) for run in fast] == [10] * 9 + [5]
    assert sum(int(run["weight"]) for run in runs) == 96


def test_sampling_keeps_every_slow_and_every_failed_run(recorder: Recorder) -> None:
    runs = sampled(recorder, 10, [100.0] * 20 + [6000.0] * 7).found
    slow = [run for run in runs if run["duration_ms"] == "6000.000"]
    assert [run["weight"] for run in slow] == ["1"] * 7
    assert [run["weight"] for run in runs if run["status"] == "failed"] == ["1"]


def test_a_run_exactly_at_the_limit_is_fast(recorder: Recorder) -> None:
    runs = sampled(recorder, 10, [5000.0] * 10).found
    assert [run["weight"] for run in runs if run["status"] == "succeeded"] == ["10"]


@pytest.mark.parametrize("more", [{"version": "2"}, {"dimensions": {"tier": "paid"}}])
def test_sampling_keeps_a_run_that_tells_of_itself(recorder: Recorder, more: dict[str, Any]) -> None:
    flow = FlowSettings("poem", sampling=10, slow_over_ms=5000.0, dimensions={"tier": ("paid",)})
    with capture(Settings("svc", "cn-test", flows=(flow,)), recorder) as seen:
        for _ in range(3):
            recorder.record("poem", 100.0, **more)
        seen.end_minute()
        assert [run["weight"] for run in seen.runs] == ["1"] * 3


def test_sampling_keeps_a_run_of_a_trace_which_its_event_names(recorder: Recorder) -> None:
    tracer = TracerProvider().get_tracer("test")
    flow = FlowSettings("poem", sampling=10, slow_over_ms=5000.0)
    with capture(Settings("svc", "cn-test", flows=(flow,)), recorder) as seen:
        recorder.trace, recorder.plain = reader(), False
        with tracer.start_as_current_span("request") as span:
            recorder.record("poem", 100.0)
        recorder.record("poem", 100.0)
        seen.end_minute()
        assert [run.get("trace_id") for run in seen.runs] == [f"{span.get_span_context().trace_id:032x}", None]


def test_sampling_leaves_points_exact(recorder: Recorder, settings: Settings) -> None:

    flow = settings.flows[0]._replace(sampling=10)
    with capture(settings._replace(flows=(flow,)), recorder) as seen:
        for duration in range(95):
            recorder.record("poem", float(duration))
        seen.end_minute()
    found = {point.metric: point.highest for point in seen.points if point.period_s == 60}
    assert (found["m_runs"], found["m_p95"]) == (95, 90.0)


def test_each_minute_says_which_reporter_serves_which_flow(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 1.0)
    recorder.record("essay", 1.0)
    seen.end_minute()
    said = [item for item in seen._sink.items if isinstance(item, dict) and item["event"] == "reporter"]
    assert [(one["flow"], one["reporter"], one["settings_hash"]) for one in said] == [
        ("essay", "test", "abc"),
        ("poem", "test", "abc"),
    ]


def test_the_reporter_event_tells_open_runs_and_drops(recorder: Recorder, settings: Settings) -> None:
    with capture(settings, recorder) as seen:
        seen.reporter._stopwatch = lambda: 100.0
        recorder.opened[90.0] = recorder.admit("poem")
        recorder.record("poem", float("nan"))
        seen.end_minute()
        said = [item for item in seen._sink.items if isinstance(item, dict) and item["event"] == "reporter"]
    assert (said[0]["open_runs"], said[0]["oldest_open_run"], said[0]["dropped"]) == ("1", "10.0", "1")


@pytest.mark.parametrize("version", ["3.1", ""])
def test_the_version_comes_from_the_variable_that_the_spec_names(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    from flowvigil.reporter.options import Options, version_of

    flow = FlowSettings("poem", version={"env": "POEM_VERSION"})
    monkeypatch.setenv("POEM_VERSION", version)
    assert version_of(flow, Options(version="9")) == (version or "9")
