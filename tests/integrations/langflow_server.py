"""What real LangFlow servers report, with our wheel beside them and two variables set: one record per run.

Not collected by itself: `make test-langflow` runs it, of the releases that LANGFLOW_RELEASES names. A server takes a
minute to start and its packages 2 GB.
"""

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flowvigil.telemetry.langflow import Listed, ListingError, listed

from .environments import installed_into
from .langflow_cases import CASES, LAST, POEM, POEM_FAILED, Case, Served, serve
from .langflow_serving import NEWEST, NEWEST_BY_SERVICE, RELEASES, LangFlow, Store
from .lfx_serving import HERE, run_here, runs_in
from .otlp_receiving import exporting_to, receiving, settle

NAMED = os.environ.get("LANGFLOW_RELEASES", f"{NEWEST} {NEWEST_BY_SERVICE}").split()
ASKED = [release for release in reversed(RELEASES) if release in NAMED]
ONLY_NEWEST = pytest.mark.parametrize("langflow", [one for one in ASKED if one == NEWEST], indirect=True)
MANY_WORKERS = {"LANGFLOW_DANGEROUSLY_ALLOW_MULTI_WORKER_WITHOUT_SHARED_QUEUE": "true", "LANGFLOW_WORKERS": "2"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    return installed_into(tmp_path_factory.mktemp("site"), wheels)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    started = Store(tmp_path_factory.mktemp("store"))
    yield started
    started.stop()


@pytest.fixture(scope="module", params=ASKED)
def langflow(
    request: pytest.FixtureRequest, site: Path, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LangFlow]:
    store.arrived = len(store.runs())
    started = LangFlow(request.param, site, tmp_path_factory.mktemp("langflow"), store)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def served(langflow: LangFlow) -> Served:
    return serve(langflow)


@pytest.fixture
def poem(served: Served) -> str:
    return served.poem


@pytest.mark.parametrize("case", CASES, ids=str)
def test_whoever_asks_a_run_is_one_record(served: Served, case: Case) -> None:
    assert case.ask(served) == case.statuses
    assert served.langflow.new_runs(len(case.runs)) == case.runs


@ONLY_NEWEST
@pytest.mark.parametrize("mode", ["sync", "stream", "background"])
@pytest.mark.parametrize(("topic", "run"), [("spring", POEM), ("fail", POEM_FAILED)])
def test_a_workflow_of_the_second_api_is_one_run(langflow: LangFlow, poem: str, mode: str, topic: str, run) -> None:
    assert langflow.ask("POST", "/api/v2/workflows", {"flow_id": poem, "input_value": topic, "mode": mode})[0] < 300
    assert langflow.new_runs(1) == [run]


def test_a_chinese_name_is_matched_and_a_flow_without_a_spec_is_unmatched(langflow: LangFlow) -> None:
    for name in ("客服问答", "写诗"):
        assert langflow.run(langflow.upload(name), "spring") == 200
    assert sorted(langflow.new_runs(2)) == [("support-answer", "succeeded", None), ("unmatched", "succeeded", None)]


def asked(langflow: LangFlow, flow: str) -> str:
    """What a run of the flow waits for, once it does."""
    until = time.monotonic() + langflow.patience_s
    while not (waiting := langflow.call("GET", f"/api/v2/workflows/pending?flow_id={flow}")):
        assert time.monotonic() < until, langflow.log.read_text()[-3000:]
        time.sleep(0.2)
    return waiting[0]["request_id"]


@ONLY_NEWEST
def test_a_run_that_waits_for_a_human_is_one_run_once_it_has_ended(langflow: LangFlow, tmp_path: Path) -> None:
    binaries = RELEASES[langflow.release].binaries()
    exported = run_here(binaries, tmp_path, HERE / "lfx_runs.py", "exported", environ=dict(os.environ))
    flow = langflow.call("POST", "/api/v1/flows/", json.loads(exported.splitlines()[-1]))["id"]
    job = langflow.call("POST", "/api/v2/workflows", {"flow_id": flow, "input_value": "hello", "mode": "background"})
    question = asked(langflow, flow)
    assert langflow.new_runs(0) == []
    answer = {"request_id": question, "decision": {"action_id": "approve", "values": {}}}
    langflow.call("POST", f"/api/v2/workflows/{job['job_id']}/resume", answer)
    assert langflow.new_runs(1) == [("unmatched", "succeeded", None)]


def test_a_renamed_flow_stays_itself(langflow: LangFlow, poem: str) -> None:
    langflow.call("PATCH", f"/api/v1/flows/{poem}", {"name": "Poem Generator, renamed"})
    assert langflow.run(poem, "spring") == 200
    assert langflow.new_runs(1) == [POEM]


def test_its_own_list_of_flows_is_what_specs_are_written_from(langflow: LangFlow, poem: str) -> None:
    flows = listed(f"http://127.0.0.1:{langflow.port}", {"LANGFLOW_API_KEY": langflow.key})
    assert Listed("Poem Generator, renamed", poem, "poem", live=True) in flows
    assert {"客服问答", "写诗"} <= {one.name for one in flows}
    with pytest.raises(ListingError, match="LANGFLOW_API_KEY"):
        listed(f"http://127.0.0.1:{langflow.port}", {})


def test_no_text_of_a_run_is_ever_reported(langflow: LangFlow) -> None:
    events = [line for line in langflow.log.read_text().splitlines() if '"event": "run"' in line]
    assert len(events) > 10
    assert [word for word in ("spring", "What more", "cannot be reached") if word in "".join(events)] == []


def test_a_run_in_the_middle_of_a_sigterm_is_reported_once_as_cancelled(served: Served) -> None:
    assert LAST.ask(served) == LAST.statuses
    assert served.langflow.new_runs(len(LAST.runs)) == LAST.runs


def test_all_that_was_reported_has_arrived_over_http(langflow: LangFlow, store: Store) -> None:
    langflow.stop()
    arrived = store.runs()[store.arrived :]
    assert sorted(arrived, key=str) == sorted(langflow.printed(), key=str)


@ONLY_NEWEST
def test_with_two_workers_every_run_is_one_run(langflow: LangFlow, site: Path) -> None:
    """On the database that is there: two workers that make a new one stand in each other's way."""
    langflow.stop()
    server = LangFlow(langflow.release, site, langflow.folder, **MANY_WORKERS)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda _: server.run("poem", "spring"), range(16))) == [200] * 16
        assert server.new_runs(16) == [POEM] * 16
        events = [json.loads(line) for line in server.log.read_text().splitlines() if '"event": "run"' in line]
        assert len({event["reporter"] for event in events}) == 2
    finally:
        server.stop()


def test_without_anything_of_ours_its_traces_tell_of_every_run(tmp_path: Path, free_port: int) -> None:
    server = LangFlow(NEWEST, tmp_path, tmp_path, **exporting_to(free_port), FLOWVIGIL_OFF="1")
    try:
        flow = server.upload("Poem Generator")
        with receiving(tmp_path, free_port, flow) as log:
            said = [server.run(flow, topic, stream) for topic, stream in (("spring", "false"), ("fail", "true"))]
            assert said == [200, 200]
            assert server.run(flow, "slow", "true", timeout_s=2) == 0
            settle(log, 3)
            found = sorted((flow, status) for flow, status, _ in runs_in(log.read_text()))
            assert found == [("poem", "cancelled"), ("poem", "failed"), ("poem", "succeeded")]
    finally:
        server.stop()
