"""The container file: what it copies and installs is there and enough; where a builder answers, it is built."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from flowvigil.relay.__main__ import main
from flowvigil.relay.settings import to_json
from tests.ports import free_port

from . import containers
from .conftest import ENVIRON, OPENER, flow, settings

ROOT = Path(__file__).parents[2]
FILE = containers.FILE


def instructions(word: str) -> list[str]:
    return re.findall(rf"^{word} (.+)$", FILE.read_text(), re.M)


def test_what_is_copied_exists_and_is_not_left_out():
    copied = [source for line in instructions("COPY") for source in line.split()[:-1]]
    kept = {
        line.removeprefix("!")
        for line in FILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert [one for one in copied if not (ROOT / one).exists()] == []
    assert [one for one in copied if one.removeprefix("./") not in kept] == []


def test_the_extra_that_is_installed_exists_and_brings_no_engine():
    (extra,) = re.findall(r"'\.\[(\w+)\]'", FILE.read_text())
    project = (ROOT / "pyproject.toml").read_text()
    (listed,) = re.findall(rf"^{extra} = \[(.+)\]$", project, re.M)
    names = set(re.findall(r'"([a-z-]+)[^"]*"', listed))
    assert names == {"starlette", "uvicorn"}


@pytest.mark.engine
def test_the_relay_needs_nothing_that_the_extra_does_not_bring():
    """A process in which everything else is missing starts the relay's module, as the image does."""
    absent = ("yaml", "pulumi", "jsonschema", "duckdb", "sqlglot", "jinja2", "alibabacloud_tea_openapi")
    ours = tuple(f"flowvigil.{room}" for room in ("engine", "scaffold", "emulator", "deploy", "cli"))
    code = (
        f"import sys\nfor name in {absent + ours}:\n    sys.modules[name] = None\n"
        "import flowvigil.relay.__main__, flowvigil.relay.function\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_starts_as_nobody_special_with_the_options_that_the_relay_has(capsys):
    (entry,) = instructions("ENTRYPOINT")
    options = re.findall(r'"(--[a-z-]+)"', entry)
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert [one for one in options if one not in told] == []
    assert instructions("USER") == ["relay"]


@pytest.mark.engine
def test_where_something_can_build_it_the_image_answers_as_nobody_special(tmp_path):
    """Elsewhere this test says only that nothing can; the tests above look at the file itself."""
    if (builder := containers.builder()) is None:
        assert FILE.exists()
        return
    given, state, port = tmp_path / "settings", tmp_path / "state", free_port()
    given.mkdir()
    state.mkdir()
    state.chmod(0o777)
    (given / "relay.json").write_text(json.dumps(to_json(settings(flow()))))
    builder.build()
    process, health = builder.run({given: "/settings", state: "/state"}, ENVIRON, port), {}
    try:
        health = answered(f"http://127.0.0.1:{port}/healthz", process)
        assert (health["relay"], health["delivering"]) == ("flowvigil", True)
        assert {one.stat().st_uid for one in state.iterdir()} == {10001}
    finally:
        builder.end(health)
        process.wait(30)


def answered(address, process):
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), OPENER.open(address, timeout=5) as answer:
            return json.load(answer)
        time.sleep(0.1)
    raise AssertionError(process.poll())
