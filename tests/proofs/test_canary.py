"""A webhook token, the relay's password and an access key are planted; nothing that is shown or kept has them."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.engine

TOKEN, PASSWORD, KEY_ID, KEY = "canarytoken4711", "canarypassword4712", "LTAIcanary4713", "canarykey4714"
CANARIES = (TOKEN, PASSWORD, KEY_ID, KEY)
SECRETS = {
    "webhook:assistant-robot": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    "webhook:relay-url": f"https://relay:{PASSWORD}@relay.example.com/cms",
    "alicloud:accessKey": KEY_ID,
    "alicloud:secretKey": KEY,
}
CONTACTS = """\
teams:
  assistant-team: {critical: [oncall, relayed], warning: [oncall, relayed]}
groups:
  oncall:
    - {dingtalk: assistant-robot}
  relayed:
    - {dingtalk: assistant-robot, via: relay}
"""
FLOWS = {
    "poem": "alarms: {p95: {warning: 5s}}",
    "answer": "rules: direct\nalarms: {p95: {warning: 5s}}",
    "many": "reporters: many\nalarms: {p95: {warning: 5s}}",
}


@pytest.fixture(scope="module")
def planted(make_site):
    """A site with the canaries; what a command writes for a moment lies in it too, so that a kill leaves it there."""
    site = make_site()
    site.write("monitors/contacts.yaml", CONTACTS)
    for flow, text in FLOWS.items():
        site.write(f"monitors/{flow}.yaml", f"flow: {flow}\nowner: assistant-team\n{text}\n")
    for name, value in SECRETS.items():
        code, printed = site.engine("config", "set", "--secret", name, value, "--stack", site.stack)
        assert code == 0, printed
    (site.root / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(site.root / "tmp"))
        yield site


def told(printed):
    """The canaries in a text."""
    return [canary for canary in CANARIES if canary in printed]


def kept(site):
    """(file, canary) for every file of the project that holds one, but for the pretend cloud's own store."""
    files = [path for path in site.root.rglob("*") if path.is_file() and not path.name.startswith("emulator.sqlite")]
    return [(path.name, one) for path in files for one in told(path.read_bytes().decode("latin-1"))]


def up(site, *arguments):
    return site.flowvigil("up", "--yes", "--stack", site.stack, *arguments)


def assert_silent(site):
    """Neither files, nor the exported state, nor what the pretend cloud shows hold a canary."""
    assert kept(site) == []
    assert told(site.engine("stack", "export", "--stack", site.stack)[1]) == []
    assert told(json.dumps([site.door(name) for name in ("journal?after=0", "objects", "rules")])) == []


def fail(site, **faults):
    """Bring the site up with these actions failing or losing their connection; nothing of it may tell a secret."""
    for action, kind in faults.items():
        site.door("faults", {"kind": kind, "action": action, "times": 0, "code": "SystemBusy"})
    code, printed = up(site, "--parallel", "16")
    site.door("faults", method="DELETE")
    assert (code, told(printed)) == (3, []), printed
    assert_silent(site)


def test_a_cloud_that_fails_to_take_a_contact_tells_no_secret(planted):
    fail(planted, PutContact="drop", CreateResourceRecord="fail")


def test_a_killed_run_keeps_no_secret_in_clear(planted):
    planted.door("faults", {"kind": "hold", "action": "PutContact", "when": "after"})
    command = [sys.executable, "-m", "flowvigil", "up", "--yes", "--stack", planted.stack]
    with (planted.root / "up.log").open("w") as log:
        process = subprocess.Popen(command, cwd=planted.root, stdout=log, stderr=log, start_new_session=True)
    while process.poll() is None and not any(fault["held"] for fault in planted.door("faults")):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert_silent(planted)


def test_a_cloud_that_fails_to_take_a_rule_tells_no_secret(planted):
    fail(planted, CreateMetricRuleTemplate="drop", PutResourceMetricRule="fail")


def test_a_failing_program_tells_no_secret(planted):
    program = planted.root / "__main__.py"
    text = program.read_text()
    planted.write("__main__.py", text + "raise RuntimeError([made.__dict__ for made in pulumi.Config('webhook'),])\n")
    code, printed = up(planted)
    planted.write("__main__.py", text)
    assert (code, told(printed)) == (3, []), printed
    assert_silent(planted)


def test_up_tells_and_keeps_no_secret(planted):
    code, printed = up(planted)
    assert (code, told(printed)) == (0, []), printed
    store = (planted.root / ".flowvigil" / "emulator").glob("emulator.sqlite*")
    assert TOKEN in "".join(path.read_bytes().decode("latin-1") for path in store)
    assert_silent(planted)


@pytest.mark.parametrize("arguments", [("plan",), ("plan", "--json"), ("verify",), ("verify", "--json")], ids=" ".join)
def test_reading_commands_tell_no_secret(planted, arguments):
    code, printed = planted.flowvigil(*arguments, "--stack", planted.stack)
    assert (code, told(printed)) == (0, []), printed


@pytest.mark.parametrize("option", ["--diff", "--json"])
def test_a_preview_of_a_changed_secret_tells_neither(planted, option):
    changed = SECRETS["webhook:assistant-robot"] + "x"
    planted.engine("config", "set", "--secret", "webhook:assistant-robot", changed, "--stack", planted.stack)
    code, printed = planted.preview(option)
    assert (code, told(printed)) == (0, []), printed
    assert "contact" in printed


def test_refresh_keeps_no_secret_in_clear(planted):
    code, printed = up(planted)
    assert code == 0, printed
    code, printed = planted.engine("refresh", "--yes", "--diff", "--stack", planted.stack)
    assert (code, told(printed)) == (0, []), printed
    assert_silent(planted)
