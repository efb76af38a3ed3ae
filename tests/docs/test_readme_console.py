"""What the READMEs say of `flowvigil up`, once and again, is what the real engine says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flowvigil import emulator
from tests.docs.markdown import blocks, commands

ROOT = Path(__file__).parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")


@pytest.fixture
def typed(tmp_path, free_port):
    """Types a flowvigil command in a folder named as in the READMEs; returns what it prints."""
    folder = tmp_path / "flow-monitors"
    folder.mkdir()
    environ = os.environ | {"FLOWVIGIL_PORT": str(free_port)}

    def type_in(line: str) -> str:
        command = [sys.executable, "-m", "flowvigil", *line.split()[1:]]
        done = subprocess.run(command, check=True, cwd=folder, env=environ, capture_output=True, text=True, timeout=300)
        return done.stdout

    yield type_in
    emulator.stop(folder / ".flowvigil" / "emulator")


@pytest.mark.engine
def test_the_first_up_and_the_second_say_what_the_readmes_show(typed):
    shown = [[block.text for block in blocks(readme) if block.language == "console"] for readme in READMES]
    assert shown[0] == shown[1]
    lines = commands(READMES[0])
    typed(next(line for line in lines if " init " in line))
    up = next(line for line in lines if " up " in line)
    for text in shown[0]:
        said = typed(up)
        assert [line for line in text.splitlines() if line not in said.splitlines()] == []
