"""What the READMEs say of `flowvigil up`, once and again, is what the real engine says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from flowvigil import emulator
from tests import ports
from tests.docs.markdown import blocks, commands

ROOT = Path(__file__).parents[2]
STATE = ".flowvigil/state/.pulumi/stacks/flow-monitors/local.json"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")


@dataclass
class Reader:
    """Somebody who follows the README in a folder named as there."""

    folder: Path
    port: int

    def types(self, line: str) -> str:
        command = [sys.executable, "-m", "flowvigil", *line.split()[1:]]
        environ = os.environ | {"FLOWVIGIL_PORT": str(self.port)}
        done = subprocess.run(
            command, check=True, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=300
        )
        return done.stdout


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme") / "flow-monitors"
    folder.mkdir()
    someone = Reader(folder, ports.free_port())
    someone.types(next(line for line in commands(READMES[0]) if " init " in line))
    yield someone
    emulator.stop(folder / ".flowvigil" / "emulator")


@pytest.mark.engine
def test_the_first_up_and_the_second_say_what_the_readmes_show(reader):
    shown = [[block.text for block in blocks(readme) if block.language == "console"] for readme in READMES]
    assert shown[0] == shown[1]
    up = next(line for line in commands(READMES[0]) if " up " in line)
    for text in shown[0]:
        said = reader.types(up)
        assert [line for line in text.splitlines() if line not in said.splitlines()] == []


@pytest.mark.engine
def test_the_stack_gave_out_the_reporters_settings_and_a_link_to_the_logs_of_each_flow(reader):
    reader.types("flowvigil up --yes --skip-preview")
    settings = json.loads(reader.types("flowvigil export reporter"))
    state = json.loads((reader.folder / STATE).read_text())
    stack = next(one for one in state["checkpoint"]["latest"]["resources"] if one["type"] == "pulumi:pulumi:Stack")
    assert settings["hash"] == stack["outputs"]["reporterSettings"]["hash"]
    assert settings["flows"] == stack["outputs"]["reporterSettings"]["flows"]
    assert settings["endpoints"]["cms"] == f"http://127.0.0.1:{reader.port}"
    assert list(stack["outputs"]["logs"]) == ["poem-generator"]
