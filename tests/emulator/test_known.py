"""Facts of a live account as positions of switches."""

from __future__ import annotations

import json

import pytest

from flowvigil.emulator.known import positions
from flowvigil.emulator.listening import EmulatorError


@pytest.fixture
def written(tmp_path):
    def write(**accounts):
        path = tmp_path / "facts.json"
        named = {
            account.strip("_"): {"facts": {name: {"answer": answer} for name, answer in answers.items()}}
            for account, answers in accounts.items()
        }
        path.write_text(json.dumps({"version": 1, "accounts": named}))
        return str(path)

    return write


def test_answers_of_the_only_account_are_taken_and_those_without_a_switch_are_not(written):
    assert positions(written(_1={"group_zero": "refuse", "levels_kept": "3", "duplicates": None})) == {
        "group_zero": "refuse"
    }


def test_of_several_accounts_one_is_named(written):
    path = written(_1={"group_zero": "refuse"}, _2={"group_zero": "accept"})
    assert positions(f"{path}#2") == {"group_zero": "accept"}
    with pytest.raises(EmulatorError, match="has facts of 1, 2: name one with"):
        positions(path)


def test_a_position_that_does_not_exist_is_refused(written):
    with pytest.raises(EmulatorError, match="group_zero is one of accept, refuse, not 'maybe'"):
        positions(written(_1={"group_zero": "maybe"}))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"accounts": 7}'])
def test_a_file_of_another_kind_is_refused(tmp_path, text):
    (tmp_path / "x").write_text(text)
    with pytest.raises(EmulatorError, match="holds no accounts"):
        positions(str(tmp_path / "x"))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EmulatorError, match="No such file"):
        positions(str(tmp_path / "x"))


def test_facts_go_before_the_profile_and_stay_after_a_reset(start_cloud):
    cloud = start_cloud(facts={"group_zero": "refuse"})
    cloud.door("switches", {"name": "group_zero", "value": "accept"})
    assert cloud.put_rule().status == 200
    cloud.door("reset", {})
    assert cloud.put_rule().status == 400
