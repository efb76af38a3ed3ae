"""`flowvigil doctor` as a person, and a machine, reads it."""

from __future__ import annotations

import json

import pytest

from flowvigil.cli import run
from flowvigil.cli.doctor_command import _code
from flowvigil.deploy.health import Check, State


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FLOWVIGIL_ENGINE_URL", "file:///engine.tar.gz")
    monkeypatch.setenv("FLOWVIGIL_PORT", "9")
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    run(["init"])
    capsys.readouterr()
    return tmp_path / "shop"


def test_each_line_says_how_it_is_and_what_would_be_right(project, capsys):
    run(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("warn     local: pretend cloud: does not run on 127.0.0.1:9")
    command = "flowvigil run emulator --port 9 --state .flowvigil/emulator"
    assert lines[at + 1] == f"         → `flowvigil up` starts it; or {command}"


def test_machines_get_the_same_as_json(project, capsys):
    run(["doctor", "--json"])
    found = {one["about"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["local: secrets"] == {
        "about": "local: secrets",
        "state": "ok",
        "found": "all that the plan names are set",
        "right": "",
    }


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ([State.OK, State.WARN], 0),
        ([State.OK, State.BAD], 1),
        ([State.MISSING, State.BAD], 3),
    ],
)
def test_the_exit_code_is_that_of_the_worst(states, code):
    assert _code([Check("x", state, "y") for state in states]) == code


def test_an_unknown_stack_ends_with_1_or_with_3_where_the_engine_is_missing(project):
    assert run(["doctor", "-s", "nowhere"]) in (1, 3)
