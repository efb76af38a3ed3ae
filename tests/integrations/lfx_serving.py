"""A real `lfx serve` with our plug-in: what is asked of it and what it reports."""

import http.client
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.ports import free_port

HERE = Path(__file__).parent
FLOW = HERE / "lfx_flow.py"


def surroundings(folder: Path, site: Path, **more: str) -> dict[str, str]:
    """What a user sets; `site` is where flowvigil is installed, `folder` where an lfx.toml may be."""
    ours = {"FLOWVIGIL_ENV": "test", "FLOWVIGIL_SINKS": "stdout", "FLOWVIGIL_FLOW": "poem", "DO_NOT_TRACK": "1"}
    theirs = {"LANGFLOW_API_KEY": "key", "LANGFLOW_CONFIG_DIR": str(folder), "PYTHONPATH": f"{site}:{HERE}"}
    return {**os.environ, **ours, **theirs, **more}


def runs_in(text: str) -> list[tuple[str, str, str | None]]:
    lines = [json.loads(line) for line in text.splitlines() if '"event": "run"' in line]
    return [(line["flow"], line["status"], line.get("error_type")) for line in lines]


class Reporting:
    """A process that prints the runs it reports into a log."""

    log: Path
    seen = 0
    patience_s, rest_s = 60.0, 1.2

    def new_runs(self, expected: int) -> list[tuple[str, str, str | None]]:
        """The runs reported since the last call: waits for `expected` of them, and a little for one too many."""
        until = time.monotonic() + self.patience_s
        while len(runs_in(self.log.read_text())) < self.seen + expected and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(self.rest_s)
        found = runs_in(self.log.read_text())[self.seen :]
        self.seen += len(found)
        return found


class Server(Reporting):
    """One `lfx serve`, what it printed, and how to ask it."""

    def __init__(self, binaries: Path, folder: Path, environ: dict[str, str]) -> None:
        self.port = free_port()
        self.log = folder / "log"
        command = [str(binaries / "lfx"), "serve", str(FLOW), "--port", str(self.port)]
        with self.log.open("w") as out:
            self.process = subprocess.Popen(command, env=environ, stdout=out, stderr=out, cwd=folder)
        self.flow = self.answer("flows", patience_s=90)[0]["id"]

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

    @contextmanager
    def until_it_waits(self) -> Iterator[None]:
        """The flow that is asked to wait in the block does when the block is left."""
        known = self.log.read_text().count("the flow waits")
        yield
        until = time.monotonic() + 60
        while self.log.read_text().count("the flow waits") == known:
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)

    def leave(self) -> None:
        """Ask for a stream and hang up while the flow waits."""
        asked = self.request(f"flows/{self.flow}/stream", json.dumps({"input_value": "wait"}).encode())
        with closing(http.client.HTTPConnection("127.0.0.1", self.port)) as asking, self.until_it_waits():
            asking.request("POST", asked.selector, asked.data, dict(asked.headers))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)


def run_here(binaries: Path, folder: Path, script: Path, *arguments: str, environ: dict[str, str]) -> str:
    """What a script or a command of that environment prints, its log included."""
    command = (
        [str(binaries / "python"), str(script), *arguments] if script.suffix == ".py" else [str(script), *arguments]
    )
    done = subprocess.run(
        command,
        env=environ,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout
