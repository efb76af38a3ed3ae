"""`flowvigil verify --probe` and `--clean` as a person, and a machine, meets them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import jsonschema
import pytest

from flowvigil.cli import run
from flowvigil.emulator.known import positions
from flowvigil.provisioner.facts import schema_text

from .conftest import ACCOUNT

pytestmark = pytest.mark.engine


def probe(*more):
    return run(["verify", "--probe", "--yes", "--family", "contacts", *more])


def test_what_it_will_do_is_said_before_anything_is_done(project, site, capsys):
    assert run(["verify", "--probe", "--family", "points"]) == 2
    said = capsys.readouterr().err
    assert "together at most 266 calls and 15 minutes" in said
    assert "3 custom series for the hour: 0.00 CNY" in said
    assert "nothing was done; say --yes" in said
    assert site.world.journal.after(0)[-1]["action"] == "GetCallerIdentity"


def test_answers_are_printed_and_kept_in_a_file_that_fits_its_schema(project, capsys):
    assert probe() == 0
    assert "contact_exists: off (a group of nobody known was taken)" in capsys.readouterr().out
    written = json.loads((project / "cloud-facts.json").read_text())
    jsonschema.validate(written, json.loads(schema_text()))
    assert written["accounts"][ACCOUNT]["facts"]["contact_exists"]["answer"] == "off"


def test_machines_get_json(project, capsys):
    assert probe("--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["facts"]["put_omitted"]["answer"] == "keep"
    assert (found["failed"], found["stuck"]) == ([], [])


def test_a_question_that_cannot_be_asked_ends_with_1_and_keeps_its_old_answer(project, site, capsys):
    probe()
    site.world.accounts.restrict(ACCOUNT, "", ["cms:PutContactGroup"], [])
    assert probe() == 1
    assert "must the members of a contact group exist: PutContactGroup: " in capsys.readouterr().err
    assert positions(str(project / "cloud-facts.json"))["contact_exists"] == "off"


def test_credentials_of_another_account_ask_nothing(project, capsys):
    path = project / "Pulumi.local.yaml"
    path.write_text(path.read_text().replace(ACCOUNT, "2000000000000002"))
    assert probe() == 2
    assert f"the credentials are of account {ACCOUNT}, and alicloud:accountId is 2000000000000002" in (
        capsys.readouterr().err
    )


def test_a_broken_file_is_told_before_anything_is_made(project, site, capsys):
    (project / "cloud-facts.json").write_text("{}")
    assert probe() == 2
    assert "cloud-facts.json: must be {version: 1, accounts: …}" in capsys.readouterr().err
    assert site.world.journal.after(0) == []


@pytest.mark.parametrize("more", [["--clean"], ["--repair"]])
def test_two_wishes_at_once_are_bad_usage(project, more):
    assert run(["verify", "--probe", *more]) == 2


def test_options_of_a_probe_without_one_are_bad_usage(project):
    assert run(["verify", "--family", "rules"]) == 2


def test_clean_lists_what_a_probe_left_and_removes_it(project, site, capsys):
    assert run(["verify", "--clean"]) == 0
    assert capsys.readouterr().out == "nothing is left of any probe\n"
    site.bench().contact_group()
    assert run(["verify", "--clean", "--yes"]) == 0
    said = capsys.readouterr()
    assert "left by a probe: contact group flowvigil-probe-0a1b2c" in said.err
    assert said.out == "removed 2 of 2\n"
    assert site.left() == ([], [])


def test_clean_tells_machines_in_json_what_it_removed(project, site, capsys):
    assert run(["verify", "--clean", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"removed": [], "stuck": []}
    site.bench().contact_group()
    assert run(["verify", "--clean", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "removed": ["contact group flowvigil-probe-0a1b2c", "contact flowvigil-probe-0a1b2c"],
        "stuck": [],
    }


def held(site, action):
    """Hold the answer to the second call of an action; the fault."""
    return site.world.faults.plant({"kind": "hold", "when": "after", "action": action, "nth": 2, "times": 1})


def started(project, fault):
    """A probe in a process of its own that waits for an answer that does not come."""
    command = [sys.executable, "-m", "flowvigil", "verify", "--probe", "--yes", "--family", "rules"]
    process = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ)
    while not fault.holding:
        assert process.poll() is None, process.stdout.read().decode()
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_cleans_up_and_ends_with_130(project, site, number):
    process = started(project, held(site, "PutResourceMetricRule"))
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said.decode().splitlines()[-1]) == (130, "interrupted")
    assert site.left() == ([], [])


def test_what_a_killed_command_left_is_removed_by_clean(project, site):
    process = started(project, held(site, "PutResourceMetricRule"))
    process.kill()
    process.communicate(timeout=60)
    assert set(site.left()[0]) == {"contact", "contact_group", "monitor_group", "rule"}
    assert run(["verify", "--clean", "--yes"]) == 0
    assert site.left() == ([], [])
