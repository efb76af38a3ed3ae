"""docs/first-run.md does what it says, typed line by line in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowvigil import emulator
from tests.docs.markdown import blocks, commands
from tests.docs.typing_in import environment, promised, script, typed_in

ROOT = Path(__file__).parents[2]
FIRST_RUN = ROOT / "docs" / "first-run.md"


def test_it_takes_at_most_eight_commands():
    assert len(commands(FIRST_RUN)) <= 8


def test_the_spec_it_shows_is_the_one_that_init_writes():
    from flowvigil.scaffold.answers import Answers
    from flowvigil.scaffold.rendering import render

    files = render(Answers("own", "poem-generator", "assistant-team"))
    shown = next(block.text for block in blocks(FIRST_RUN) if block.language == "yaml")
    assert shown == files["monitors/poem-generator.yaml"]
    assert f"writes {NUMBERS[len(files)]} files" in FIRST_RUN.read_text()


NUMBERS = {15: "fifteen", 16: "sixteen", 17: "seventeen"}


@pytest.fixture
def own(tmp_path):
    """The reader's folder; a pretend cloud that a failure leaves running there is ended."""
    folder = tmp_path / "own"
    folder.mkdir()
    yield folder
    emulator.stop(folder / ".flowvigil" / "emulator")


@pytest.mark.engine
def test_its_commands_do_what_it_says_they_do(own, wheels, free_port):
    code, said = typed_in(script(FIRST_RUN), own, environment(wheels, free_port))
    assert code == 0, said[-3000:]
    assert [line for line in promised(FIRST_RUN) if line not in said] == []
