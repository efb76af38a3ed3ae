"""A real LangFlow server of any release with our plug-in: what it serves, how to ask it, what it reports to whom."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

from flowvigil import emulator
from flowvigil.reporter.contract import FlowSettings, Settings, settings_to_json
from tests.ports import free_port

from .environments import environment
from .lfx_serving import HERE, Reporting, run_here, runs_in

ROOT = HERE.parents[1]
EXAMPLE = ROOT / "examples/langflow/poem-generator.json"
BUILD = EXAMPLE.with_name("build.py")
NEWEST, NEWEST_BY_SERVICE = "1.13", "1.11"
"""The newest release whose runs are seen by their span, and by the tracing service."""


class Release(NamedTuple):
    """The packages of a release; before 1.12 and 1.10 the server and its engine were numbered on their own."""

    langflow: str
    base: str
    lfx: str
    beside: tuple[str, ...] = ()
    """What it allows, but does not start with, in its newest version."""

    def binaries(self) -> Path:
        own = (f"langflow=={self.langflow}", f"langflow-base=={self.base}", f"lfx=={self.lfx}")
        return environment(*own, *self.beside)


RELEASES = {
    "1.8": Release("1.8.4", "0.8.4", "0.3.4"),
    "1.9": Release("1.9.6", "0.9.6", "0.4.6", ("fastapi==0.155.0",)),
    "1.10": Release("1.10.3", "0.10.3", "1.10.3"),
    "1.11": Release("1.11.6", "0.11.6", "1.11.6"),
    "1.12": Release("1.12.8", "1.12.8", "1.12.8"),
    "1.13": Release("1.13.0", "1.13.0", "1.13.0"),
}
"""The newest of every line."""

FLOWS = (
    FlowSettings("poem-generator", app="langflow", source={"endpoint": "poem"}),
    FlowSettings("posted-poem", app="langflow", source={"endpoint": "posted"}),
    FlowSettings("support-answer", app="langflow", source={"name": "客服问答"}),
)


def exported(release: str, script: Path, folder: Path) -> dict:
    """A flow as that release exports it: it holds the code of its components, which no older release can load."""
    if release == NEWEST and script == BUILD:
        return json.loads(EXAMPLE.read_text())
    printed = run_here(RELEASES[release].binaries(), folder, script, environ={**os.environ, "DO_NOT_TRACK": "1"})
    return json.loads(printed[printed.index("{") :])


class Store:
    """A store of run events on a pretend cloud of its own."""

    arrived = 0
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = emulator.start(port=0, state=folder)
        self.ask("POST", "", "/", {"projectName": "logs", "description": ""})
        self.ask("POST", "logs", "/logstores", {"logstoreName": "runs"})
        keys = {name: {"type": "text", "doc_value": True, "token": [" "]} for name in ("event", "flow", "status")}
        self.ask("POST", "logs", "/logstores/runs/index", {"keys": keys, "line": {"token": [" "]}})

    def ask(self, method: str, project: str, path: str, body: object) -> object:
        headers = {"Host": f"{project}.httpsls.test".lstrip("."), "Authorization": "LOG any:any"}
        headers["Content-Type"] = "application/json"
        url = f"http://{self.address}{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
        with self.opener.open(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def runs(self) -> list[tuple[str, str, str | None]]:
        """Every run that has arrived."""
        now = int(time.time())
        asked = {"from": now - 7200, "to": now + 60, "query": "event: run", "line": 100, "offset": 0}
        found = self.ask("POST", "logs", "/logstores/runs/logs", asked)
        return [(one["flow"], one["status"], one.get("error_type")) for one in found["data"]]

    def stop(self) -> None:
        emulator.stop(self.folder)


class LangFlow(Reporting):
    """A running server with a database of its own, what it printed, and how to ask it.

    It reports into its log and, where there is a `store`, also over HTTP into that.
    """

    patience_s, rest_s = 30.0, 1.5

    def __init__(self, release: str, site: Path, folder: Path, store: Store | None = None, **more: str) -> None:
        self.port = free_port()
        self.release, self.folder, self.log, self.key = release, folder, folder / "log", ""
        binaries = RELEASES[release].binaries()
        command = [binaries / "langflow", "run", "--backend-only", "--host", "127.0.0.1", "--port", str(self.port)]
        environ = {**os.environ, **self.ours(site, store), **self.theirs(), **more}
        with self.log.open("w") as out:
            self.process = subprocess.Popen(command, env=environ, stdout=out, stderr=out, cwd=folder)
        try:
            self.wait_until_ready()
        except AssertionError:
            self.stop()
            raise
        self.bearer = f"Bearer {self.call('GET', '/api/v1/auto_login')['access_token']}"
        self.key = self.call("POST", "/api/v1/api_key/", {"name": "test"}, authorization=self.bearer)["api_key"]

    def ours(self, site: Path, store: Store | None) -> dict[str, str]:
        log = (
            {"log_project": "logs", "logstore": "runs", "endpoints": {"log": f"http://{store.address}"}}
            if store
            else {}
        )
        settings = self.folder / "settings.json"
        settings.write_text(json.dumps(settings_to_json(Settings("svc", "cn-hangzhou", flows=FLOWS, **log))))
        return {
            "FLOWVIGIL_SETTINGS": str(settings),
            "FLOWVIGIL_SINKS": "stdout,log" if store else "stdout",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "any",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "any",
            "PYTHONPATH": str(site),
        }

    def theirs(self) -> dict[str, str]:
        return {
            "LANGFLOW_CONFIG_DIR": str(self.folder / "config"),
            "LANGFLOW_DATABASE_URL": f"sqlite:///{self.folder}/langflow.db",
            "LANGFLOW_AUTO_LOGIN": "true",
            "LANGFLOW_LOG_LEVEL": "error",
            "DO_NOT_TRACK": "1",
        }

    def wait_until_ready(self) -> None:
        until = time.monotonic() + 300
        while self.ask("GET", "/health", timeout_s=2)[0] != 200:
            assert time.monotonic() < until, self.log.read_text()[-3000:]
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.5)

    def ask(self, method: str, path: str, body=None, timeout_s: float = 60, **headers: str) -> tuple[int, bytes]:
        """Status and body of an answer read to its end; 0 when we hung up first."""
        data = None if body is None else json.dumps(body).encode()
        known = {} if "authorization" in headers else {"x-api-key": self.key}
        headers = {"content-type": "application/json", **known, **headers}
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

    def upload(self, name: str, endpoint: str | None = None, script: Path = BUILD) -> str:
        flow = exported(self.release, script, self.folder)
        return self.call("POST", "/api/v1/flows/", {"name": name, "data": flow["data"], "endpoint_name": endpoint})[
            "id"
        ]

    def run(self, flow: str, topic: str, stream: str = "false", timeout_s: float = 60) -> int:
        body = {"input_value": topic, "input_type": "chat", "output_type": "chat"}
        return self.ask("POST", f"/api/v1/run/{flow}?stream={stream}", body, timeout_s)[0]

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def printed(self) -> list[tuple[str, str, str | None]]:
        """Every run that it has printed so far."""
        return runs_in(self.log.read_text())

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
