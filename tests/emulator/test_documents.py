from pathlib import Path

import pytest

from flowvigil.cli import run
from flowvigil.emulator.registry import REST, RPC

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_actions_is_what_the_code_answers(capsys):
    assert run(["run", "emulator", "--actions"]) == 0
    assert capsys.readouterr().out == (DOCS / "emulator-actions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("action", [*RPC.values(), *REST], ids=lambda action: f"{action.service}:{action.name}")
def test_every_action_says_where_its_behaviour_is_known_from(action):
    assert len(action.source) > 10


def test_every_option_of_the_command_is_in_the_manual(capsys):
    run(["run", "emulator", "--help"])
    options = [word for word in capsys.readouterr().out.split() if word.startswith("--") and word != "--help"]
    manual = (DOCS / "emulator.md").read_text(encoding="utf-8")
    assert len(options) >= 6
    assert [option for option in options if f"`{option}`" not in manual] == []
