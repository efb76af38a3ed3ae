"""The ASGI middleware under a real uvicorn: a client that hangs up, a SIGTERM in the middle of a request."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.ports import free_port

HERE = Path(__file__).parent


def asking(number, path):
    """A connection that has asked and read the beginning of the answer, if there is one."""
    asked = socket.create_connection(("127.0.0.1", number), timeout=60)
    asked.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    if path == "/stream":
        asked.recv(100)
    return asked


def wait_for(number):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{number}/ok", timeout=60).status
        except OSError:  # noqa: PERF203 - it does not answer yet
            time.sleep(0.1)
    return None


@pytest.mark.engine
def test_every_request_is_reported_once_also_at_a_sigterm(tmp_path) -> None:
    number, begun = free_port(), tmp_path / "begun"
    environment = {**os.environ, "BEGUN": str(begun), "FLOWVIGIL_ENV": "test", "FLOWVIGIL_SINKS": "stdout"}
    command = [sys.executable, "-m", "uvicorn", "served:app", "--app-dir", str(HERE), "--port", str(number)]
    command += ["--timeout-graceful-shutdown", "1"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert wait_for(number) == 200
        asking(number, "/stream").close()
        with asking(number, "/slow"):
            while not begun.exists():
                assert server.poll() is None
                time.sleep(0.01)
            server.send_signal(signal.SIGTERM)
            said = server.communicate(timeout=60)[0]
    finally:
        server.kill()
        server.wait(60)
    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    runs = sorted((one["flow"], one["status"]) for one in events if one["event"] == "run")
    assert runs == [("ok", "succeeded"), ("slow", "cancelled"), ("stream", "cancelled")]
