"""Every prompt, answer, argument, header and error of a service is a canary: no metric, event, log, message has it.

Once for a service of LangChain, FastAPI and OpenTelemetry, once for the real lfx, LangFlow's engine.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.provisioner.monitor import Reporters
from flowvigil.provisioner.plan import plan
from flowvigil.reporter.contract import Series, settings_to_json

from ..integrations.environments import environment, installed_into
from ..plan.builders import GROUPS, STACK, condition, level, monitor, monitors
from .provisioning import provision
from .talking import CANARY

STREAK = condition("failure_streak", level("critical", 3))


HERE = Path(__file__).parent
RUNS = {"service": 14, "langflow": 4}


@pytest.fixture(scope="module")
def site(tmp_path_factory, wheels):
    return installed_into(tmp_path_factory.mktemp("site"), wheels)


def command(what, site):
    """What runs, and what it finds in its environment."""
    if what == "service":
        return [sys.executable, str(HERE / "talking.py")], {}
    python = environment("lfx==1.13.0") / "python"
    quiet = {"LANGFLOW_LOG_LEVEL": "CRITICAL", "LFX_LOG_LEVEL": "CRITICAL", "DO_NOT_TRACK": "1"}
    return [str(python), str(HERE / "talking_langflow.py")], {
        "PYTHONPATH": str(site), "FLOWVIGIL_FLOW": "poem", "LANGFLOW_CONFIG_DIR": str(site), **quiet,
    }  # fmt: skip


@pytest.fixture(scope="module", params=RUNS)
def told(request, tmp_path_factory, site):
    """What the service printed, and the cloud that heard of its runs."""
    from .conftest import running_cloud

    cloud, end = running_cloud(now=VirtualClock(int(time.time() * 1000) // 60_000 * 60_000))
    made = plan(monitors(monitor("poem", STREAK, reporters=Reporters.MANY), groups=GROUPS), STACK)
    provision(cloud, made)
    flows = tuple(flow._replace(series=(Series("m", "p95", "p95"),)) for flow in made.settings.flows)
    address = f"http://{cloud.address}"
    settings = made.settings._replace(flows=flows, endpoints={"cms": address, "log": address})
    path = tmp_path_factory.mktemp("reporter") / "reporter.json"
    path.write_text(json.dumps(settings_to_json(settings)))
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "any", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "any"}
    typed, more = command(request.param, site)
    environ = os.environ | keys | {"FLOWVIGIL_SETTINGS": str(path)} | more
    done = subprocess.run(typed, env=environ, cwd=path.parent, capture_output=True, text=True, timeout=60, check=False)
    cloud.door("clock", {"advance": 240})
    yield done, cloud, made.settings
    end()


def lines(cloud, settings):
    now = cloud.world.now() // 1000
    asked = {"from": now - 3600, "to": now + 1, "query": "*", "line": 100}
    answer = cloud.sls("POST", settings.log_project, f"/logstores/{settings.logstore}/logs", asked)
    return answer.body["data"]


@pytest.mark.engine  # starts an interpreter
def test_the_runs_arrived(told, request):
    done, cloud, settings = told
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("True ")
    events = [line for line in lines(cloud, settings) if line["event"] == "run"]
    assert {line["flow"] for line in events} == {"poem"}
    assert len(events) == RUNS[request.node.callspec.params["told"]]
    assert {line["status"] for line in events} == {"succeeded", "failed"}


@pytest.mark.engine
def test_no_event_has_the_canary(told):
    _, cloud, settings = told
    assert CANARY not in json.dumps(lines(cloud, settings))


@pytest.mark.engine
def test_no_metric_has_the_canary(told):
    _, cloud, _ = told
    journal = json.dumps(cloud.door("journal"))
    assert "PutCustomMetric" in journal
    assert CANARY not in journal
    assert CANARY not in json.dumps(cloud.door("datapoints"))


@pytest.mark.engine
def test_no_log_of_ours_has_the_canary(told):
    done, _, _ = told
    assert CANARY not in done.stdout + done.stderr


@pytest.mark.engine
def test_no_message_has_the_canary(told):
    _, cloud, _ = told
    messages = cloud.door("outbox?channel=dingtalk")
    assert [one["after"] for one in messages][:1] == ["Critical"]
    assert CANARY not in json.dumps(messages)
