"""What a run tells of its inside: one field of its event for each measure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flowvigil.reporter.contract import MEASURES
from flowvigil.reporter.runs import current_run, flow
from flowvigil.testing import Captured, FlowSettings, Settings, capture


@pytest.fixture
def seen() -> Iterator[Captured]:
    with capture() as captured:
        yield captured


def told(event: dict[str, str]) -> dict[str, str]:
    return {name: event[name] for name in MEASURES if name in event}


def test_measures_are_summed_into_the_runs_event(seen: Captured) -> None:
    with flow("poem") as run:
        run.measure(input_tokens=12, output_tokens=30, model_ms=800.5)
        run.measure(input_tokens=3, model_ms=0.25, tool_ms=7)
    assert [told(one) for one in seen.runs] == [
        {"input_tokens": "15", "output_tokens": "30", "model_ms": "800.750", "tool_ms": "7.000"}
    ]


def test_of_the_first_tokens_the_earliest_stays(seen: Captured) -> None:
    with flow("poem") as run:
        run.measure(first_token_ms=400.0)
        run.measure(first_token_ms=150.0)
        run.measure(first_token_ms=900.0)
    assert seen.runs[0]["first_token_ms"] == "150.000"


def test_code_inside_a_run_may_measure_it(seen: Captured) -> None:
    with flow("poem"):
        run = current_run()
        assert run is not None
        run.measure(retriever_ms=5.0)
    assert seen.runs[0]["retriever_ms"] == "5.000"


def test_a_run_that_tells_nothing_has_no_measure(seen: Captured) -> None:
    with flow("poem"):
        pass
    with flow("poem") as run:
        run.mark_failed("x")
    assert [told(one) for one in seen.runs] == [{}, {}]


def test_after_its_end_a_run_takes_no_measure(seen: Captured) -> None:
    with flow("poem") as run:
        run.measure(model_ms=1.0)
    run.measure(model_ms=100.0)
    assert seen.runs[0]["model_ms"] == "1.000"


STRANGE = [
    {"prompt": 1.0},
    {"model_ms": -1.0},
    {"model_ms": float("nan")},
    {"model_ms": float("inf")},
    {"model_ms": "canary"},
    {"model_ms": True},
]


@pytest.mark.parametrize("strange", STRANGE)
def test_strange_measures_are_left_out_and_counted(seen: Captured, strange: dict) -> None:
    with flow("poem") as run:
        run.measure(tool_ms=2.0, **strange)
    assert [told(one) for one in seen.runs] == [{"tool_ms": "2.000"}]
    assert seen.reporter.dropped["strange_measure"] == 1


def test_fast_runs_are_thinned_whether_they_tell_of_their_inside_or_not() -> None:
    settings = Settings("test", "cn-test", flows=(FlowSettings("poem", sampling=4, slow_over_ms=1e6),))
    with capture(settings) as seen:
        for tokens in (10, 10, 10, 10, 20):
            with flow("poem") as run:
                run.measure(input_tokens=tokens)
        seen.end_minute()
        assert [(one["weight"], one["input_tokens"]) for one in seen.runs] == [("4", "10"), ("1", "20")]


def test_a_slow_run_keeps_an_event_of_its_own() -> None:
    settings = Settings("test", "cn-test", flows=(FlowSettings("poem", sampling=4, slow_over_ms=0.0),))
    with capture(settings) as seen:
        for _ in range(2):
            with flow("poem") as run:
                run.measure(first_token_ms=1.0)
        assert [one["weight"] for one in seen.runs] == ["1", "1"]
