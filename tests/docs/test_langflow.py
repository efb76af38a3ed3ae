"""docs/langflow.md and the README of its example do what they say, typed line by line in an environment with lfx."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flowvigil import emulator
from tests import ports
from tests.docs.markdown import commands
from tests.docs.typing_in import ROOT, environment, promised, script, typed_in

PAGE = ROOT / "docs" / "langflow.md"
FLOW = ROOT / "examples" / "langflow" / "poem-generator.json"


def test_it_takes_at_most_eight_commands():
    assert len(commands(PAGE)) <= 8


@pytest.fixture
def folder(tmp_path):
    """The reader's folder: the flow, LangFlow's environment, an empty one for the monitors."""
    folder, uv = tmp_path / "own", Path(sys.executable).with_name("uv")
    folder.mkdir()
    shutil.copy(FLOW, folder)
    for name in ("langflow", ".venv"):
        subprocess.run([uv, "venv", "-q", "--seed", "--python", sys.executable, folder / name], check=True, timeout=60)
    (folder / ".venv" / "pip.conf").write_text(f"[install]\nconstraint = {ROOT / 'constraints.txt'}\n")
    install = [uv, "pip", "install", "-q", "--python", folder / "langflow" / "bin" / "python", "lfx==1.13.0"]
    subprocess.run(install, check=True, timeout=300)
    yield folder
    emulator.stop(folder / ".flowvigil" / "emulator")


@pytest.fixture
def surroundings(folder, wheels, free_port) -> dict[str, str]:
    """As for our other documents, but what we pin is for the monitors' environment alone."""
    environ = {name: value for name, value in environment(wheels, free_port).items() if name != "PIP_CONSTRAINT"}
    return environ | {"PATH": f"{folder / 'langflow' / 'bin'}:{environ['PATH']}"}


@pytest.mark.engine
def test_the_commands_of_the_example_do_what_its_readme_says(folder, surroundings):
    page = FLOW.with_name("README.md")
    code, said = typed_in(script(page), folder, surroundings)
    assert code == 0, said[-3000:]
    assert [line for line in promised(page) if line not in said] == []


@pytest.mark.engine
def test_eight_commands_end_with_the_message(folder, surroundings, free_port):
    typed = script(PAGE).replace("8474", str(free_port)).replace("8000", str(ports.free_port()))
    code, said = typed_in(typed, folder, surroundings)
    assert code == 0, said[-3000:]
    assert [line for line in promised(PAGE) if line not in said] == []
