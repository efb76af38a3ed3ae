"""The container file: what it copies and installs is there and enough; where a builder answers, it is built."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flowvigil.relay.__main__ import main

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker" / "relay" / "Dockerfile"


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


def test_it_is_built_where_a_builder_answers():
    """Elsewhere this test says only that there is no builder; the tests above look at the file itself."""
    builder = shutil.which("docker") or ""
    asked = [builder, "info"]
    if not builder or subprocess.run(asked, capture_output=True, check=False, timeout=20).returncode:
        assert FILE.exists()
        return
    command = [builder, "build", "-q", "-f", str(FILE), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
