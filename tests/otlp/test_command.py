"""`flowvigil run otlp` as a process: a signal in the middle loses nothing; what it cannot do is one sentence."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from flowvigil.cli import run

from .making import json_request, json_span

WAITING = json_span(parentSpanId="aaaaaaaaaaaaaaaa")


@pytest.mark.engine  # starts interpreters
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reports_what_waits_and_ends_cleanly(number):
    environment = {**os.environ, "FLOWVIGIL_ENV": "test", "FLOWVIGIL_SINKS": "stdout"}
    command = [sys.executable, "-m", "flowvigil", "run", "otlp", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        try:
            address = process.stdout.readline().removeprefix("otlp: ").strip()
            body = json.dumps(json_request(json_span(spanId="bbbbbbbbbbbbbbbb"), WAITING)).encode()
            asked = urllib.request.Request(f"{address}/v1/traces", body, {"Content-Type": "application/json"})
            assert urllib.request.urlopen(asked, timeout=60).status == 200
            process.send_signal(number)
            said, complaints = process.communicate(timeout=60)
        finally:
            process.kill()
    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [one["flow"] for one in events if one["event"] == "run"] == ["support-answer"] * 2
    assert "2 runs reported" in complaints
    assert "Traceback" not in complaints
    assert process.returncode == 0


def test_a_taken_port_is_a_sentence_with_exit_code_3(monkeypatch, capsys):
    monkeypatch.setenv("FLOWVIGIL_ENV", "test")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["run", "otlp", "--port", str(port)]) == 3
    assert f"127.0.0.1:{port} cannot be listened on: Address already in use" in capsys.readouterr().err


def test_switched_off_it_says_how_to_switch_on(monkeypatch, capsys):
    for name in ("FLOWVIGIL_ENV", "FLOWVIGIL_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    assert run(["run", "otlp", "--port", "0"]) == 2
    assert "--settings" in capsys.readouterr().err


def test_settings_that_cannot_be_read_are_a_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("FLOWVIGIL_SETTINGS", "")
    assert run(["run", "otlp", "--port", "0", "--settings", str(tmp_path / "none.json")]) == 2
    assert "flowvigil export reporter" in capsys.readouterr().err
