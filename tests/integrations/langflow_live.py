"""What a real `lfx serve` and `lfx run` report. Not collected by itself: it needs lfx in an environment of its own.

python -m venv ~/.cache/flowvigil/test-envs/lfx
~/.cache/flowvigil/test-envs/lfx/bin/pip install lfx==1.13.0
.venv/bin/pytest tests/integrations/langflow_live.py
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

HERE = Path(__file__).parent
LFX = Path(os.environ.get("FLOWVIGIL_LFX", "~/.cache/flowvigil/test-envs/lfx/bin/lfx")).expanduser()
PLUGIN = '[services]\ntracing_service = "flowvigil.integrations.langflow_service:TracingService"\n'


def environment(folder: Path) -> dict[str, str]:
    """Switched on by variables alone; the plug-in is the one line in lfx.toml."""
    (folder / "lfx.toml").write_text(PLUGIN)
    ours = {"FLOWVIGIL_ENV": "test", "FLOWVIGIL_SINKS": "stdout", "FLOWVIGIL_FLOW": "poem", "DO_NOT_TRACK": "1"}
    theirs = {"LANGFLOW_CONFIG_DIR": str(folder), "LANGFLOW_API_KEY": "key", "PYTHONPATH": str(HERE.parents[1])}
    return {**os.environ, **ours, **theirs}


def runs_in(text: str) -> list[tuple[str, str, str | None]]:
    lines = [json.loads(line) for line in text.splitlines() if '"event": "run"' in line]
    return [(line["flow"], line["status"], line.get("error_type")) for line in lines]


class Server:
    """One `lfx serve`, what it printed, and how to ask it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / "log"
        command = [str(LFX), "serve", str(HERE / "langflow_flow.py"), "--port", str(self.port)]
        with self.log.open("w") as out:
            self.process = subprocess.Popen(command, env=environment(folder), stdout=out, stderr=out)
        self.seen = 0
        self.flow = self.answer("flows", patience_s=60)[0]["id"]

    def answer(self, path: str, *, patience_s: float):
        until = time.monotonic() + patience_s
        while True:
            try:
                with urllib.request.urlopen(self.request(path), timeout=5) as found:
                    return json.load(found)
            except OSError:  # noqa: PERF203 - it does not answer yet
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.2)

    def request(self, path: str, body: bytes | None = None) -> urllib.request.Request:
        headers = {"x-api-key": "key", "content-type": "application/json"}
        return urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", body, headers)

    def ask(self, way: str, text: str, timeout_s: float = 20) -> int:
        """The status of an answer read to its end; 0 when the client hung up first."""
        body = json.dumps({"input_value": text}).encode()
        try:
            with urllib.request.urlopen(self.request(f"flows/{self.flow}/{way}", body), timeout=timeout_s) as found:
                found.read()
                return found.status
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def new_runs(self, expected: int) -> list[tuple[str, str, str | None]]:
        """The runs reported since the last call: waits for `expected` of them, and a little for one too many."""
        until = time.monotonic() + 15
        while len(runs_in(self.log.read_text())) < self.seen + expected and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1.2)
        found = runs_in(self.log.read_text())[self.seen :]
        self.seen += len(found)
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("lfx"))
    yield started
    started.process.kill()
    started.process.wait(10)


@pytest.mark.parametrize(
    ("way", "text", "http", "run"),
    [
        ("run", "hello", 200, ("poem", "succeeded", None)),
        ("run", "fail", 500, ("poem", "failed", "ZeroDivisionError")),
        ("run", "late", 500, ("poem", "timed_out", "TimeoutError")),
        ("stream", "hello", 200, ("poem", "succeeded", None)),
        ("stream", "fail", 200, ("poem", "failed", "ZeroDivisionError")),
    ],
)
def test_a_served_flow_is_one_run_however_http_answers(server: Server, way: str, text: str, http: int, run) -> None:
    assert server.ask(way, text) == http
    assert server.new_runs(1) == [run]


def test_a_client_that_goes_away_cancels_the_run(server: Server) -> None:
    assert server.ask("stream", "wait", timeout_s=1) in (0, 200)
    assert server.new_runs(1) == [("poem", "cancelled", None)]


def test_three_runs_at_once_are_three_runs(server: Server) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: server.ask("run", "hello"), range(3))) == [200] * 3
    assert server.new_runs(3) == [("poem", "succeeded", None)] * 3


def test_a_run_in_the_middle_of_a_sigterm_is_reported_once_as_cancelled(server: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(server.ask, "run", "wait", 5)
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        assert server.new_runs(1) == [("poem", "cancelled", None)]


def test_no_text_of_a_run_is_ever_reported(server: Server) -> None:
    events = [line for line in server.log.read_text().splitlines() if '"event": "run"' in line]
    assert "canary" not in "".join(events)


@pytest.mark.parametrize(
    ("text", "run"), [("hello", ("poem", "succeeded", None)), ("fail", ("poem", "failed", "ZeroDivisionError"))]
)
def test_lfx_run_is_one_run(tmp_path: Path, text: str, run) -> None:
    command = [str(LFX), "run", str(HERE / "langflow_flow.py"), text]
    done = subprocess.run(
        command, env=environment(tmp_path), capture_output=True, text=True, timeout=90, check=False, cwd=tmp_path
    )
    assert runs_in(done.stdout) == [run]
