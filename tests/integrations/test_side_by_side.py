"""Two versions of one exported flow, run side by side on the real lfx, stand side by side on the stack's dashboard."""

import re
import urllib.request
from pathlib import Path

import pytest

from flowvigil import emulator
from flowvigil.cli import run
from flowvigil.deploy.project import find_project, load_target
from flowvigil.provisioner.objects import Dashboard

from .environments import environment, installed_into
from .lfx_serving import HERE, run_here, surroundings

pytestmark = pytest.mark.engine

FLOW = HERE.parents[1] / "examples" / "langflow" / "poem-generator.json"
SOURCE = "source: {langflow: {name: Poem Generator}, version: {pattern: ' v([0-9]+)$'}}\n"


@pytest.fixture
def target(tmp_path, monkeypatch, free_port):
    """A project whose spec tells versions apart, brought up by the real engine on its pretend cloud."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.chdir(folder)
    run(["init", "--flow", "poem-generator", "--port", str(free_port)])
    with (folder / "monitors" / "poem-generator.yaml").open("a") as spec:
        spec.write(SOURCE)
    assert run(["up", "--yes"]) == 0
    yield load_target(find_project(folder), "local")
    emulator.stop(folder / ".flowvigil" / "emulator")


def shown(target, address) -> list[list[str]]:
    """The rows of every table on the dashboard of versions that is in the cloud, as its page draws them."""
    board = next(one for one in target.plan.objects if isinstance(one, Dashboard) and one.key.endswith("all_versions"))
    path = f"http://{address}/lognext/project/{board.project}/dashboard/{board.name}"
    with urllib.request.urlopen(path, timeout=60) as answer:
        page = answer.read().decode()
    rows = re.findall(r"<tr>(<td>.*?)</tr>", page)
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows]


def test_both_versions_are_on_the_dashboard(target, tmp_path: Path, wheels: Path, free_port: int) -> None:
    assert run(["export", "reporter", "-o", "settings.json"]) == 0
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "any", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "any"}
    ours = {"FLOWVIGIL_SETTINGS": str(Path("settings.json").absolute()), "FLOWVIGIL_FLOW": "", **keys}
    environ = surroundings(tmp_path, installed_into(tmp_path / "site", wheels), **ours) | {"FLOWVIGIL_SINKS": "log"}
    said = run_here(environment("lfx==1.13.0"), tmp_path, HERE / "lfx_side_by_side.py", str(FLOW), environ=environ)
    rows = shown(target, f"127.0.0.1:{free_port}")
    day, week = rows[:2], rows[2:]
    assert [row[:3] for row in day] == [["poem-generator", "1", "6"], ["poem-generator", "2", "6"]], said
    assert [float(row[3]) > least for row, least in zip(day, (100, 600), strict=True)] == [True, True]
    assert week == day
