"""Sixteen real processes with the real reporter, sampled, on the real clock: the P95 over all of their runs."""

import json
import math
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flowvigil.provisioner.monitor import Reporters
from flowvigil.provisioner.plan import plan
from flowvigil.reporter.contract import settings_to_json

from ..emulator.provisioning import provision
from ..plan.builders import GROUPS, P95, STACK, monitor, monitors

HERE = Path(__file__).parent
ACCOUNT = "1000000000000001"
RUNS = {seed: 400 - 24 * seed for seed in range(16)}


def environment(settings):
    """A clean one: no proxy, no credentials of this machine, the settings of the flow."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    secret = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "test", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
    return {**kept, **secret, "FLOWVIGIL_SETTINGS": str(settings), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}


@pytest.mark.soak
def test_the_p95_of_16_processes_is_within_two_percent_of_that_of_all_runs(start_cloud, tmp_path):
    cloud = start_cloud()
    one = monitor("poem", P95, reporters=Reporters.MANY, sampling=10)
    planned = plan(monitors(one, groups=GROUPS), STACK)
    provision(cloud, planned)
    told = settings_to_json(planned.settings)
    told["endpoints"] = {"log": f"http://{cloud.address}", "cms": f"http://{cloud.address}"}
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(told))
    command = [sys.executable, str(HERE / "fleet_process.py")]
    processes = [subprocess.Popen([*command, str(s), str(n)], env=environment(path)) for s, n in RUNS.items()]
    assert [process.wait(60) for process in processes] == [0] * 16
    durations = []
    for seed, runs in RUNS.items():
        dice = random.Random(seed)
        durations += [4000 * (1 + seed / 8) * dice.lognormvariate(0, 0.5) for _ in range(runs)]
    exact = sorted(durations)[math.ceil(len(durations) * 0.95) - 1]
    query = "event: run | SELECT approx_percentile(duration_ms, weight, 0.95), sum(weight), count(*)"
    now = int(time.time())
    settings = planned.settings
    answer = cloud.world.query(ACCOUNT, settings.log_project, settings.logstore, query, now - 600, now + 60)
    p95, weight, lines = answer.rows[0]
    assert weight == len(durations)
    assert lines < weight
    assert p95 == pytest.approx(exact, rel=0.02)
