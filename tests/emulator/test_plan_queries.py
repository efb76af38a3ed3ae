"""Every query that the plan of the examples holds runs in the emulator, on lines as the reporter writes them."""

import json
from pathlib import Path

import pytest

from flowvigil.provisioner import objects as o
from flowvigil.provisioner import spec
from flowvigil.provisioner.plan import plan
from flowvigil.provisioner.stack import Stack

from ..emulator.lines import get, group, make_store, put

ROOT = Path(__file__).parents[2]
STACK = Stack("flowvigil", "local", "1000000000000001", "cn-hangzhou", "local")
NOW_S = 1_800_000_000


@pytest.fixture(scope="module")
def queries():
    found = set()
    for environment in (STACK.environment, "prod"):
        for one in plan(spec.load(ROOT / "monitors", environment), STACK).objects:
            if isinstance(one, o.Dashboard):
                found.update(chart["search"]["query"] for chart in json.loads(one.charts))
            if isinstance(one, o.LogAlert):
                found.update(query.query for query in one.queries)
    return sorted(found)


FLOWS = ("poem-generator", "support-answer", "poem-translator", "document-index", "document-search")
RUNS = [
    {"status": "succeeded", "duration_ms": "9000", "version": "v1", "run_id": "r1", "trace_id": "t1"},
    {"status": "failed", "duration_ms": "100", "version": "v2", "run_id": "r2", "error_type": "TimeoutError"},
    {"status": "succeeded", "duration_ms": "9", "run_id": "r3", "input_tokens": "7", "output_tokens": "2",
     "first_token_ms": "1.5", "model_ms": "5", "retriever_ms": "2", "tool_ms": "1"},
]  # fmt: skip


@pytest.fixture(scope="module")
def filled(shared_cloud):
    """Runs and a reporter event of each example flow."""
    shared_cloud.door("reset", {})
    shared_cloud.world.now = lambda: NOW_S * 1000
    make_store(shared_cloud)
    services = {"service": STACK.prefix}
    for flow in FLOWS:
        about = {**services, "flow": flow, "weight": "1", "reporter": "p1"}
        events = [(NOW_S - 20 + n, {**about, "event": "run", **one}) for n, one in enumerate(RUNS)]
        put(shared_cloud, group(*events, (NOW_S - 5, {**about, "event": "reporter", "oldest_open_run": "3"})))
    yield shared_cloud
    shared_cloud.door("reset", {})


def test_every_query_of_the_plan_runs(filled, queries):
    answers = {query: get(filled, query, NOW_S - 3600, NOW_S) for query in queries}
    assert len(answers) >= 40
    assert {query: answer for query, answer in answers.items() if "data" not in answer} == {}


def test_every_chart_of_a_flow_with_runs_shows_something(filled, queries):
    charts = [query for query in queries if f'flow: "{FLOWS[0]}"' in query and "VALUES" not in query]
    assert len(charts) >= 6
    assert [query for query in charts if not get(filled, query, NOW_S - 3600, NOW_S)["data"]] == []


def test_a_silence_is_counted_from_the_emulators_present(filled, queries):
    query = next(query for query in queries if "event: reporter" in query and f"('{FLOWS[0]}')" in query)
    rows = {row["flow"]: row["value"] for row in get(filled, query, NOW_S - 3600, NOW_S)["data"]}
    assert rows[FLOWS[0]] == "5"
