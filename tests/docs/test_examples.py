"""The README of each example does what it says, typed line by line in a copy of its folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flowvigil import emulator
from tests import ports
from tests.docs.typing_in import environment, promised, script, typed_in

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def copied(tmp_path):
    """A copy of an example; a pretend cloud that a failure leaves running there is ended."""
    yield lambda name: Path(shutil.copytree(EXAMPLES / name, tmp_path / name))
    for folder in tmp_path.iterdir():
        emulator.stop(folder / ".flowvigil" / "emulator")


@pytest.mark.engine
@pytest.mark.parametrize("name", ["fastapi", "langgraph"])
def test_its_commands_do_what_its_readme_says(copied, wheels, free_port, name):
    folder = copied(name)
    typed = script(folder / "README.md").replace("8474", str(free_port)).replace("8000", str(ports.free_port()))
    code, said = typed_in(typed, folder, environment(wheels, free_port))
    assert code == 0, said[-3000:]
    assert [line for line in promised(folder / "README.md") if line not in said] == []
