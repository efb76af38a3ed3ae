"""`up --json` and `down --json`: one document on standard output, however the run ends."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.engine


def started(site, *arguments):
    """The command in a process group of its own, as a job has one."""
    command = [sys.executable, "-m", "flowvigil", *arguments, "--json", "--yes", "--stack", site.stack]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True, "start_new_session": True}
    return subprocess.Popen(command, cwd=site.root, env={**os.environ, **site.environment}, **pipes)


def ended(process):
    """The exit code and the document, which is all of the standard output."""
    out, _ = process.communicate()
    return process.returncode, json.loads(out)


def told(site, *arguments):
    return ended(started(site, *arguments))


@pytest.fixture(scope="module")
def site(make_site):
    return make_site(flowvigil__protect="true")


@pytest.fixture(scope="module")
def refused(site):
    """A first `up` beside a contact of somebody else."""
    name = "acme-test-assistant-robot"
    site.rpc("PutContact", ContactName=name, Describe="theirs", Channels={"Mail": "them@example.com"})
    said = told(site, "up")
    site.rpc("DeleteContact", ContactName=name)
    return said


@pytest.fixture(scope="module")
def failed(site, refused):
    """The next one, which may not make the dashboards."""
    site.door("permissions", {"account": "1000000000000001", "deny": ["log:CreateDashboard"]}, "POST")
    said = told(site, "up")
    site.door("permissions", {"account": "1000000000000001", "deny": []}, "POST")
    return said


@pytest.fixture(scope="module")
def done(site, failed):
    return told(site, "up")


@pytest.fixture(scope="module")
def removed(site, done):
    return told(site, "down")


def test_an_up_whose_job_is_cancelled_names_what_it_made_until_then(make_site):
    site = make_site()
    fault = site.door("faults", {"kind": "hold", "action": "CreateMonitorGroup"})
    process = started(site, "up")
    while not any(one["held"] for one in site.door("faults")):
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGTERM)
    site.door(f"faults/{fault['id']}/release", method="POST")
    code, document = ended(process)
    assert (code, document["exitCode"], document["message"]) == (130, 130, "interrupted")
    assert "flow.poem-generator.group" in names(document, "create")
    assert "flow.poem-generator.template" not in names(document, "create")


def names(document, op):
    return [one["name"] for one in document["steps"] if one["op"] == op and not one.get("failed")]


def test_a_refused_up_names_the_objects_that_are_not_ours(refused):
    code, document = refused
    assert (code, document["exitCode"]) == (4, 4)
    assert document["foreign"] == [{"kind": "contact", "name": "acme-test-assistant-robot"}]
    assert document["steps"] == []


def test_a_failed_up_names_what_it_made_and_what_it_could_not_make(failed):
    code, document = failed
    assert (code, document["exitCode"]) == (3, 3)
    assert "flow.poem-generator.template" in names(document, "create")
    broken = {one["name"] for one in document["steps"] if one.get("failed")}
    assert broken == {"dashboard.all_flows", "dashboard.all_versions", "flow.poem-generator.dashboard"}
    assert broken <= {one["name"] for one in document["errors"]}
    assert "log:CreateDashboard" in document["message"]


def test_an_up_that_is_done_counts_and_names_what_it_made_and_what_it_left(done):
    code, document = done
    assert code == 0
    assert document["changeSummary"] == {"create": 3, "same": 18}
    assert sorted(names(document, "create")) == [
        "dashboard.all_flows",
        "dashboard.all_versions",
        "flow.poem-generator.dashboard",
    ]
    assert len(names(document, "same")) == 18
    assert document["findings"] == []
    assert document["outputs"]["dashboards"].keys() == set(names(document, "create"))


def test_a_down_names_what_it_removed_and_what_it_kept(removed):
    code, document = removed
    assert code == 0
    assert document["changeSummary"] == {"delete": 21}
    assert sorted(document["kept"]) == ["log.project", "log.store"]
