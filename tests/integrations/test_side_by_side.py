"""Two versions of one exported flow, run side by side on the real lfx, stand side by side on the stack's dashboard."""

import json
from pathlib import Path

import pytest

from flowvigil import emulator
from flowvigil.cli import run
from flowvigil.deploy.pretend import SLS, _Pretend
from flowvigil.deploy.project import find_project, load_target
from flowvigil.deploy.reporter_settings import endpoints
from flowvigil.provisioner.logs import own_place
from flowvigil.provisioner.objects import Dashboard
from flowvigil.provisioner.settings import with_groups
from flowvigil.reporter.contract import settings_to_json

from .environments import environment, installed_into
from .lfx_serving import HERE, run_here, surroundings

pytestmark = pytest.mark.engine

FLOW = HERE.parents[1] / "examples" / "langflow" / "poem-generator.json"
SOURCE = "source: {langflow: {name: Poem Generator}, version: {pattern: ' v([0-9]+)$'}}\n"


@pytest.fixture
def target(tmp_path, monkeypatch, free_port):
    """A project whose spec tells versions apart, and its pretend cloud with the stack's own store."""
    monkeypatch.chdir(tmp_path)
    run(["init", "--flow", "poem-generator", "--port", str(free_port)])
    with (tmp_path / "monitors" / "poem-generator.yaml").open("a") as spec:
        spec.write(SOURCE)
    emulator.start(free_port, tmp_path / ".flowvigil" / "emulator")
    target = load_target(find_project(tmp_path), "local")
    home, cloud = own_place(target.stack), _Pretend(f"127.0.0.1:{free_port}", "any", "")
    assert cloud.project(home.project)
    assert cloud.store(home.project, home.logstore)
    assert cloud.index(home.project, home.logstore, target)
    yield target
    emulator.stop(tmp_path / ".flowvigil" / "emulator")


def shown(target, address) -> list[dict]:
    """What the dashboard's chart of the last day holds."""
    board = next(one for one in target.plan.objects if isinstance(one, Dashboard) and one.key.endswith("all_versions"))
    search = json.loads(board.charts)[0]["search"]
    asked = {"from": 0, "to": 2**31 - 1, "query": search["query"]}
    headers = {"Host": f"{board.project}.{SLS}", "Authorization": "LOG any:none", "Content-Type": "application/json"}
    with _Pretend(address, "any", "")._open("POST", f"/logstores/{search['logstore']}/logs", headers, asked) as answer:
        return json.load(answer)["data"]


def test_both_versions_are_on_the_dashboard(target, tmp_path: Path, wheels: Path, free_port: int) -> None:
    config = target.project.config("local")
    settings = with_groups(target.plan.settings, {})._replace(endpoints=endpoints(config))
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings_to_json(settings)))
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "any", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "any"}
    ours = {"FLOWVIGIL_SETTINGS": str(path), "FLOWVIGIL_SINKS": "log", "FLOWVIGIL_FLOW": "", **keys}
    environ = surroundings(tmp_path, installed_into(tmp_path / "site", wheels), **ours)
    said = run_here(environment("lfx==1.13.0"), tmp_path, HERE / "lfx_side_by_side.py", str(FLOW), environ=environ)
    rows = shown(target, f"127.0.0.1:{free_port}")
    assert [(row["flow"], row["version"], int(float(row["runs"]))) for row in rows] == [
        ("poem-generator", "1", 6),
        ("poem-generator", "2", 6),
    ], said
    first, second = (float(row["p95"]) for row in rows)
    assert first > 100
    assert second > 600
