"""The commands that init prints at its end are the ones that the answers call for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flowvigil.scaffold.answers import Answers
from flowvigil.scaffold.next_steps import next_steps

HERE = Path()
PROD = Answers("shop", "poem", "team", stack="prod", account="42", region="cn-hangzhou", backend="file:///srv/state")


def test_on_an_account_the_stack_is_made_then_its_secret_set_then_it_is_checked():
    steps = next_steps(PROD, HERE).partition("Then on account 42:\n")[2].splitlines()
    assert [line.strip() for line in steps] == [
        "export PULUMI_CONFIG_PASSPHRASE=...  # a long one, kept in your vault",
        "mkdir -p /srv/state",
        "flowvigil engine exec -- stack init prod",
        "flowvigil engine exec -- config set --secret --stack prod webhook:team-robot  # asks for it",
        "flowvigil doctor -s prod",
        "flowvigil up -s prod",
    ]


def test_a_passphrase_can_come_from_a_file():
    assert "  export PULUMI_CONFIG_PASSPHRASE_FILE=$PWD/prod.passphrase" in next_steps(
        replace(PROD, opened_by="file"), HERE
    )


def test_oss_takes_keys_under_the_names_of_s3():
    assert "AWS_ACCESS_KEY_ID=" in next_steps(replace(PROD, backend="oss://states"), HERE)


def test_contacts_without_a_robot_of_ours_need_no_secret():
    assert "webhook:" not in next_steps(PROD, HERE, robot=False)


def test_another_folder_is_entered_first():
    assert next_steps(Answers("shop"), Path("watch")).splitlines()[1] == "  cd watch"
