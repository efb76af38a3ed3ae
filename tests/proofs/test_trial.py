"""A change previewed against its base without key or account, by the real engine."""

import json
import os
import subprocess
import sys

import pytest
import yaml

pytestmark = pytest.mark.engine


def spec(number, critical="8s"):
    off = dict.fromkeys(("failure_rate", "failure_streak", "slow_streak", "no_reports"), "none")
    alarms = {"p95": {"critical": critical, "min_runs": 20, "for": "3m"}, **off}
    return yaml.safe_dump({"flow": f"flow-{number:03}", "owner": "assistant-team", "alarms": alarms})


def test_one_threshold_among_a_hundred_flows_changes_one_flow_and_creates_nothing(make_site):
    site = make_site()
    root = site.root
    (root / "monitors" / "poem-generator.yaml").unlink()
    for number in range(100):
        site.write(f"monitors/flow-{number:03}.yaml", spec(number))
    site.configure(alicloud__accessKey="AKID-canary", alicloud__secretKey="secret-canary", flowvigil__rules="direct")
    site.git("init", "-q", "-b", "main")
    site.git("add", "monitors", "Pulumi.yaml", f"Pulumi.{site.stack}.yaml")
    site.git("commit", "-qm", "base")
    site.write("monitors/flow-042.yaml", spec(42, "9s"))

    blind = {name: value for name, value in os.environ.items() if "PASSPHRASE" not in name and "BACKEND" not in name}
    command = [sys.executable, "-m", "flowvigil", "preview", "--base", "main", "-s", site.stack, "--json"]
    before = len(site.journal())
    done = subprocess.run(command, cwd=root, env=blind, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    preview = json.loads(done.stdout)
    changed = [(one["op"], one["urn"].rsplit("::", 1)[1]) for one in preview["steps"] if one["op"] != "same"]
    assert {operation for operation, _ in changed} == {"update"}
    assert {key.split(".")[1] for _, key in changed} == {"flow-042"}
    assert len([key for _, key in changed if ".p95." in key]) == 1
    assert "canary" not in done.stdout + done.stderr
    assert len(site.journal()) == before

    done = subprocess.run(
        [*command[:5], "nowhere", *command[6:]], cwd=root, env=blind, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "there is no commit 'nowhere' here" in done.stderr) == (2, True)
