"""`flowvigil run otlp` as a process, and what makes LangFlow export to it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowvigil.reporter.contract import FlowSettings, Settings, settings_to_json

from .lfx_serving import runs_in


def exporting_to(port: int) -> dict[str, str]:
    """The two variables that a user sets, and one that keeps a test from waiting."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }


@contextmanager
def receiving(folder: Path, port: int, flow: str) -> Iterator[Path]:
    """What a receiver prints that knows LangFlow's `flow` as `poem`."""
    settings = folder / "otlp-settings.json"
    poem = FlowSettings("poem", app="langflow", source={"id": flow})
    settings.write_text(json.dumps(settings_to_json(Settings("svc", "cn-hangzhou", flows=(poem,)))))
    command = ["run", "otlp", "--port", str(port), "--settings", str(settings), "--patience", "1"]
    log = folder / "received"
    with log.open("w") as out:
        environ = {**os.environ, "FLOWVIGIL_SINKS": "stdout"}
        process = subprocess.Popen([sys.executable, "-m", "flowvigil", *command], env=environ, stdout=out, stderr=out)
    try:
        while "otlp: " not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield log
    finally:
        process.kill()
        process.wait(60)


def settle(log: Path, expected: int) -> None:
    """Waits for so many runs, and a little for one too many."""
    until = time.monotonic() + 60
    while len(runs_in(log.read_text())) < expected and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(1.5)
