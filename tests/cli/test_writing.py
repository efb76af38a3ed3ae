"""Where a command writes: a place that takes nothing, a full disk, a terminal that is not UTF-8."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flowvigil.cli import run


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(["init", "--flow", "poem", "--name", "acme"])
    capsys.readouterr()
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ["export", "schema", "-o", "none/there"],
        ["export", "policies", "-o", "none/there"],
        ["lint", "--baseline", "none/there", "--write-baseline"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_place_where_nothing_can_be_written_is_named(project, capsys, command):
    assert run(command) == 2
    assert capsys.readouterr().err == "none/there: No such file or directory\n"


def ended(project, *command, stdout=subprocess.PIPE, **environment):
    arguments = [sys.executable, "-m", "flowvigil", *command]
    environment = {**os.environ, **environment}
    return subprocess.run(
        arguments, cwd=project, env=environment, stdout=stdout, stderr=subprocess.PIPE, timeout=60, check=False
    )


@pytest.mark.engine  # starts interpreters
@pytest.mark.parametrize("command", [["lint", "--checks"], ["plan"], ["plan", "--json"]], ids=" ".join)
def test_a_full_disk_is_a_sentence(project, command):
    with Path("/dev/full").open("wb") as full:
        done = ended(project, *command, stdout=full)
    assert (done.returncode, done.stderr) == (2, b"standard output: No space left on device\n")


@pytest.mark.engine
def test_what_a_terminal_that_is_not_utf_8_cannot_show_is_a_question_mark(project):
    done = ended(project, "plan", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, b"acme-local ? cn-hangzhou ? 1000000000000001")


@pytest.mark.engine
def test_json_holds_everything_in_any_encoding(project):
    told = [json.loads(ended(project, "plan", "--json", PYTHONIOENCODING=one).stdout) for one in ("ascii", "utf-8")]
    assert told[0] == told[1]
    assert "≥" in json.dumps(told[0], ensure_ascii=False)
