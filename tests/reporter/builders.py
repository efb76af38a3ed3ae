"""A service on a real socket that answers as it is told and remembers what it was asked."""

import json
import os
import ssl
import subprocess
import sys
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any
from urllib.parse import parse_qsl

from flowvigil.reporter.contract import FlowSettings, Series, Settings, settings_to_json

ROOT = Path(__file__).resolve().parents[2]


class Service:
    """`answer(path, body)` gives status and body of each answer; None hangs up without one."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.answer: Callable[[str, bytes], tuple[int, bytes] | None] = lambda _path, _body: (200, b'{"Code":"200"}')
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                outer.requests.append((self.path, dict(self.headers), body))
                told = outer.answer(self.path, body)
                if told is None:
                    self.close_connection = True
                    return
                self.send_response(told[0])
                self.send_header("Content-Length", str(len(told[1])))
                self.send_header("x-log-requestid", "5F1E2A")
                self.end_headers()
                self.wfile.write(told[1])

            do_GET = do_PUT = do_POST  # noqa: N815 - http.server calls it so

            def log_message(self, *_args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_args: Any) -> None:
                """A caller that hung up is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def answer_slowly(self, seconds: float, body: bytes) -> None:
        """As a service on a machine that has much else to do."""

        def answer(_path: str, _body: bytes) -> tuple[int, bytes]:
            sleep(seconds)
            return 200, body

        self.answer = answer

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def entries(self) -> list[dict[str, str]]:
        """Every MetricList entry received, its JSON texts as sent."""
        found = []
        for path, _headers, body in list(self.requests):
            if path == "/":
                flat = dict(parse_qsl(body.decode()))
                count = sum(name.endswith(".MetricName") for name in flat)
                for place in range(1, count + 1):
                    start = f"MetricList.{place}."
                    found.append({name[len(start) :]: flat[name] for name in flat if name.startswith(start)})
        return found

    @property
    def logs(self) -> list[bytes]:
        """Every LogGroup received, inflated."""
        return [zlib.decompress(body) for path, _headers, body in list(self.requests) if path.startswith("/logstores/")]

    def runs(self, metric: str = "m_runs") -> float:
        """Runs counted by the 60 s points of a runs series: the last value of each window."""
        windows = {}
        for entry in self.entries:
            if entry["MetricName"] == metric and entry["Period"] == "60":
                windows[entry["Time"]] = json.loads(entry["Values"])["Sum"]
        return sum(windows.values())


def settings_for(url: str, *, log: bool = False) -> Settings:
    flow = FlowSettings("poem", series=(Series("m_runs", "no_runs", "no_runs"),))
    store = {"log_project": "proj", "logstore": "runs"} if log else {}
    return Settings("svc", "cn-test", hash="abc", endpoints={"cms": url, "log": url}, flows=(flow,), **store)


def environment(settings: Settings, folder: Path, **more: str) -> dict[str, str]:
    """What switches a process on: a settings file in the folder, and keys; and a busy machine's time to deliver."""
    path = folder / "settings.json"
    path.write_text(json.dumps(settings_to_json(settings)))
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
    ours = {"PYTHONPATH": str(ROOT), "FLOWVIGIL_SETTINGS": str(path), "FLOWVIGIL_DEADLINE_S": "60"}
    return {"PATH": os.environ["PATH"], **ours, **keys, **more}


def process(
    code: str, settings: Settings, folder: Path, *, python: str = sys.executable, timeout: float = 120, **env: str
):
    """Run code in an interpreter of its own, switched on by a settings file; returns the completed process."""
    environ = environment(settings, folder, **env)
    return subprocess.run(
        [python, "-c", code], env=environ, capture_output=True, text=True, timeout=timeout, check=False, cwd=folder
    )
