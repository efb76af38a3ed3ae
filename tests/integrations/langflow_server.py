"""What the real LangFlow server reports, with our wheel beside it and two variables set: one record per run.

Not collected by itself: `make test-langflow` runs it. The server takes half a minute to start and its packages 1.7 GB.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flowvigil.reporter.contract import FlowSettings, Settings, settings_to_json
from flowvigil.telemetry.langflow import Listed, ListingError, listed

from .environments import environment, installed_into
from .lfx_serving import HERE, Reporting, run_here, runs_in
from .otlp_receiving import exporting_to, receiving, settle

EXAMPLE = json.loads((Path(__file__).parents[2] / "examples/langflow/poem-generator.json").read_text())
POEM, POEM_FAILED = ("poem-generator", "succeeded", None), ("poem-generator", "failed", "ConnectionError")
CANCELLED = ("poem-generator", "cancelled", None)
MANY_WORKERS = {"LANGFLOW_DANGEROUSLY_ALLOW_MULTI_WORKER_WITHOUT_SHARED_QUEUE": "true", "LANGFLOW_WORKERS": "2"}

SETTINGS = Settings(
    "svc",
    "cn-hangzhou",
    flows=(
        FlowSettings("poem-generator", app="langflow", source={"endpoint": "poem"}),
        FlowSettings("support-answer", app="langflow", source={"name": "客服问答"}),
    ),
)


@pytest.fixture(scope="module")
def binaries() -> Path:
    return environment("langflow==1.13.0", "langflow-base==1.13.0", "lfx==1.13.0")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    return installed_into(tmp_path_factory.mktemp("site"), wheels)


class LangFlow(Reporting):
    """A running server with a database of its own, what it printed, and how to ask it."""

    patience_s, rest_s = 30.0, 1.5

    def __init__(self, binaries: Path, site: Path, folder: Path, **more: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log, self.key = folder / "log", ""
        settings = folder / "settings.json"
        settings.write_text(json.dumps(settings_to_json(SETTINGS)))
        ours = {"FLOWVIGIL_SETTINGS": str(settings), "FLOWVIGIL_SINKS": "stdout", "PYTHONPATH": str(site)}
        theirs = {
            "LANGFLOW_CONFIG_DIR": str(folder / "config"),
            "LANGFLOW_DATABASE_URL": f"sqlite:///{folder}/langflow.db",
            "LANGFLOW_AUTO_LOGIN": "true",
            "LANGFLOW_LOG_LEVEL": "error",
            "DO_NOT_TRACK": "1",
        }
        command = [binaries / "langflow", "run", "--backend-only", "--host", "127.0.0.1", "--port", str(self.port)]
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                command, env={**os.environ, **ours, **theirs, **more}, stdout=out, stderr=out, cwd=folder
            )
        self.wait_until_ready()
        token = self.call("GET", "/api/v1/auto_login")["access_token"]
        self.key = self.call("POST", "/api/v1/api_key/", {"name": "test"}, authorization=f"Bearer {token}")["api_key"]

    def wait_until_ready(self) -> None:
        until = time.monotonic() + 180
        while self.ask("GET", "/health", timeout_s=2)[0] != 200:
            assert time.monotonic() < until, self.log.read_text()[-3000:]
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.5)

    def ask(self, method: str, path: str, body=None, timeout_s: float = 60, **headers: str) -> tuple[int, bytes]:
        """Status and body of an answer read to its end; 0 when we hung up first."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "x-api-key": self.key, **headers}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as found:
                return found.status, found.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()
        except OSError:
            return 0, b""

    def call(self, method: str, path: str, body=None, **headers: str):
        status, text = self.ask(method, path, body, **headers)
        assert status < 300, (status, text[:2000])
        return json.loads(text)

    def upload(self, name: str, endpoint: str | None = None) -> str:
        flow = {"name": name, "data": EXAMPLE["data"], "endpoint_name": endpoint}
        return self.call("POST", "/api/v1/flows/", flow)["id"]

    def run(self, flow: str, topic: str, stream: str = "false", timeout_s: float = 60) -> int:
        body = {"input_value": topic, "input_type": "chat", "output_type": "chat"}
        return self.ask("POST", f"/api/v1/run/{flow}?stream={stream}", body, timeout_s)[0]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture(scope="module")
def langflow(binaries: Path, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LangFlow]:
    started = LangFlow(binaries, site, tmp_path_factory.mktemp("langflow"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def poem(langflow: LangFlow) -> str:
    return langflow.upload("Poem Generator", "poem")


@pytest.mark.parametrize(("topic", "http", "run"), [("spring", 200, POEM), ("fail", 500, POEM_FAILED)])
def test_a_run_over_the_api_is_one_run(langflow: LangFlow, poem: str, topic: str, http: int, run) -> None:
    assert langflow.run(poem, topic) == http
    assert langflow.new_runs(1) == [run]


@pytest.mark.parametrize(("topic", "run"), [("spring", POEM), ("fail", POEM_FAILED)])
def test_a_stream_is_one_run_although_it_always_answers_200(langflow: LangFlow, poem: str, topic: str, run) -> None:
    assert langflow.run(poem, topic, stream="true") == 200
    assert langflow.new_runs(1) == [run]


@pytest.mark.parametrize(("topic", "run"), [("spring", POEM), ("fail", POEM_FAILED)])
def test_a_run_in_the_playground_is_one_run(langflow: LangFlow, poem: str, topic: str, run) -> None:
    body = {"inputs": {"input_value": topic}}
    assert langflow.ask("POST", f"/api/v1/build/{poem}/flow?event_delivery=direct", body)[0] == 200
    assert langflow.new_runs(1) == [run]


def test_a_webhook_that_answers_at_once_is_one_run(langflow: LangFlow, poem: str) -> None:
    assert langflow.ask("POST", f"/api/v1/webhook/{poem}", {"any": "spring"})[0] == 202
    assert langflow.new_runs(1) == [POEM]


@pytest.mark.parametrize(("topic", "run"), [("spring", POEM), ("fail", POEM_FAILED)])
def test_an_openai_style_response_is_one_run_although_it_always_answers_200(
    langflow: LangFlow, poem: str, topic: str, run
) -> None:
    assert langflow.ask("POST", "/api/v1/responses", {"model": poem, "input": topic})[0] == 200
    assert langflow.new_runs(1) == [run]


@pytest.mark.parametrize("mode", ["sync", "stream", "background"])
@pytest.mark.parametrize(("topic", "run"), [("spring", POEM), ("fail", POEM_FAILED)])
def test_a_workflow_of_the_second_api_is_one_run(langflow: LangFlow, poem: str, mode: str, topic: str, run) -> None:
    assert langflow.ask("POST", "/api/v2/workflows", {"flow_id": poem, "input_value": topic, "mode": mode})[0] < 300
    assert langflow.new_runs(1) == [run]


def test_a_client_that_goes_away_cancels_the_run(langflow: LangFlow, poem: str) -> None:
    assert langflow.run(poem, "slow", stream="true", timeout_s=2) == 0
    assert langflow.new_runs(1) == [CANCELLED]


def test_a_run_that_is_stopped_in_the_playground_is_cancelled(langflow: LangFlow, poem: str) -> None:
    job = langflow.call(
        "POST", f"/api/v1/build/{poem}/flow?event_delivery=polling", {"inputs": {"input_value": "slow"}}
    )
    time.sleep(2)
    assert langflow.call("POST", f"/api/v1/build/{job['job_id']}/cancel")["success"] is True
    assert langflow.new_runs(1) == [CANCELLED]


def test_three_runs_at_once_are_three_runs(langflow: LangFlow, poem: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: langflow.run(poem, "spring"), range(3))) == [200] * 3
    assert langflow.new_runs(3) == [POEM] * 3


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


def test_a_run_that_waits_for_a_human_is_one_run_once_it_has_ended(
    langflow: LangFlow, binaries: Path, tmp_path: Path
) -> None:
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


def test_a_run_in_the_middle_of_a_sigterm_is_reported_once_as_cancelled(langflow: LangFlow, poem: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(langflow.run, poem, "slow")
        time.sleep(2)
        langflow.process.send_signal(signal.SIGTERM)
        assert langflow.new_runs(1) == [CANCELLED]


def test_with_two_workers_every_run_is_one_run(langflow: LangFlow, binaries: Path, site: Path) -> None:
    """On the database that is there: two workers that make a new one stand in each other's way."""
    langflow.stop()
    server = LangFlow(binaries, site, langflow.log.parent, **MANY_WORKERS)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda _: server.run("poem", "spring"), range(16))) == [200] * 16
        assert server.new_runs(16) == [POEM] * 16
        events = [json.loads(line) for line in server.log.read_text().splitlines() if '"event": "run"' in line]
        assert len({event["reporter"] for event in events}) == 2
    finally:
        server.stop()


def test_without_anything_of_ours_its_traces_tell_of_every_run(binaries: Path, tmp_path: Path, free_port: int) -> None:
    server = LangFlow(binaries, tmp_path, tmp_path, **exporting_to(free_port), FLOWVIGIL_OFF="1")
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
