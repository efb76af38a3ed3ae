"""What happens inside runs, end to end: measures of a real reporter, alerts of the plan, messages of the robot."""

import json

import pytest

from flowvigil.provisioner.monitor import Reporters
from flowvigil.provisioner.objects import Dashboard
from flowvigil.reporter import recording

from ..plan.builders import P95, condition, level
from .reporting import Fleet

TTFT = condition("ttft", level("critical", 2000), for_s=120, min_runs=3)
TOKENS = condition("tokens_per_run", level("warning", 4000), for_s=60, min_runs=3)


@pytest.fixture
def flow(virtual_cloud, monkeypatch):
    """A flow of one reporter whose runs tell of their inside."""
    cloud = virtual_cloud()
    monkeypatch.setattr(recording, "time", lambda: cloud.world.now() / 1000)
    made = Fleet(cloud, (P95, TTFT, TOKENS), 1, Reporters.ONE, sampling=1)
    yield made
    made.processes[0].channel.sink.close()


def minute(flow, *runs, status="succeeded", duration_ms=3000.0):
    """Runs that told these measures, in the middle of a minute that then ends."""
    flow.advance(30)
    recorder = flow.processes[0].recorder
    for told in runs:
        ended = (status, duration_ms, None, None, None, None, None, flow.now, tuple(told.items()))
        recorder.put(recorder.admit("poem"), ended)
    flow.processes[0].reporter.tick(flow.now)
    flow.advance(30)
    flow.processes[0].end_minute(flow.now)


def drawn(flow, title):
    """The rows of one chart of the flow's dashboard, each as a dictionary."""
    board = next(one for one in flow.plan.objects if isinstance(one, Dashboard) and one.flow == "poem")
    chart = next(one for one in json.loads(board.charts) if one["title"] == title)
    settings = flow.plan.settings
    answer = flow.cloud.world.query(
        "1000000000000001", settings.log_project, settings.logstore,
        chart["search"]["query"], int(flow.begin), int(flow.now) + 1,
    )  # fmt: skip
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def test_a_late_first_token_is_told_and_its_end_too(flow):
    slow, quick = {"first_token_ms": 2500.0}, {"first_token_ms": 300.0}
    for _ in range(3):
        minute(flow, slow, slow, slow)
    minute(flow, quick, quick, quick)
    flow.advance(60)
    assert [(what, state) for _, what, state in flow.told()] == [("ttft", "Critical"), ("ttft", "OK")]


def test_runs_that_did_not_stream_do_not_count_as_quick(flow):
    slow = {"first_token_ms": 2500.0}
    for _ in range(3):
        minute(flow, slow, slow, slow, *[{}] * 100)
    flow.advance(60)
    assert [what for _, what, _ in flow.told()] == ["ttft"]


def test_too_few_streamed_runs_judge_nothing(flow):
    for _ in range(4):
        minute(flow, {"first_token_ms": 9000.0}, {"first_token_ms": 9000.0}, {}, {})
    flow.advance(60)
    assert flow.told() == []


def test_runs_that_cost_too_many_tokens_on_average_are_told(flow):
    minute(flow, *[{"input_tokens": 3000, "output_tokens": 999}] * 3)
    minute(flow, *[{"input_tokens": 3000, "output_tokens": 999}] * 2, {"input_tokens": 3000, "output_tokens": 1005})
    flow.advance(60)
    ((_, what, state),) = flow.told()
    assert (what, state) == ("tokens_per_run", "Medium")


def test_failed_runs_tell_of_their_inside_too(flow):
    minute(flow, *[{"input_tokens": 5000}] * 3, status="failed")
    flow.advance(60)
    assert [what for _, what, _ in flow.told()] == ["tokens_per_run"]


def test_the_dashboard_says_where_the_time_goes(flow):
    minute(flow, {"model_ms": 1000.0, "retriever_ms": 500.0}, {"model_ms": 2000.0, "tool_ms": 100.0}, {})
    (row,) = drawn(flow, "Time by component (ms per run)")
    assert {name: row[name] for name in ("model", "retriever", "tool", "rest")} == {
        "model": 1500.0, "retriever": 250.0, "tool": 50.0, "rest": 1200.0,
    }  # fmt: skip


def test_components_side_by_side_leave_no_negative_rest(flow):
    minute(flow, {"model_ms": 9000.0})
    (row,) = drawn(flow, "Time by component (ms per run)")
    assert (row["model"], row["rest"]) == (9000.0, 0.0)


def test_the_dashboard_says_what_runs_cost_in_tokens(flow):
    minute(flow, {"input_tokens": 10, "output_tokens": 1}, {"input_tokens": 20}, {})
    (row,) = drawn(flow, "Tokens per run")
    assert (row["input"], row["output"]) == (15.0, 0.5)


def test_the_dashboard_says_when_the_first_token_comes(flow):
    minute(flow, *[{"first_token_ms": float(ms)} for ms in (100, 200, 300)])
    (row,) = drawn(flow, "Time to first token (ms)")
    assert 100 <= row["p50"] <= 300
    assert row["p95"] >= row["p50"]
