from pathlib import Path

import pytest

from flowvigil.cli import run
from flowvigil.emulator.registry import REST, RPC
from flowvigil.emulator.unanswered import UNANSWERED

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_actions_is_what_the_code_answers(capsys):
    assert run(["run", "emulator", "--actions"]) == 0
    assert capsys.readouterr().out == (DOCS / "emulator-actions.md").read_text(encoding="utf-8")


def test_every_action_says_where_its_behaviour_is_known_from():
    assert [action.name for action in [*RPC.values(), *REST] if len(action.source) < 10] == []


@pytest.mark.parametrize("key", sorted(UNANSWERED), ids=": ".join)
def test_what_the_table_calls_unanswered_is_refused(cloud, key):
    service, name = key
    if " " not in name:
        assert cloud.rpc(name, service).code == "EmulatorUnsupported"
        return
    method, path = name.split()
    answer = cloud.sls(method, "my-logs", path, {}) if service == "sls" else cloud.send(method, path, b"{}")
    assert answer.code == "EmulatorUnsupported"


def test_every_option_of_the_command_is_in_the_manual(capsys):
    run(["run", "emulator", "--help"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    options = [words[0] for words in lines if words and words[0].startswith("--")]
    manual = (DOCS / "emulator.md").read_text(encoding="utf-8")
    assert len(options) >= 6
    assert [option for option in options if f"`{option}`" not in manual] == []
