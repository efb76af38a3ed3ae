"""Every command takes `--stack`, `--json` and `--lang`, but for those where one of them would mean nothing."""

import click
import pytest

from flowvigil.cli import group, run

A_PROCESS = "it runs until told to end"
A_FILE = "what it prints is a file's content"
ONE_LANGUAGE = "it reads no specs and says nothing in two languages"
NO_STACK = "it knows no stack"
ASKS = "it talks to a person and writes files"

WITHOUT = {
    ("init", "--json"): ASKS,
    ("init", "--lang"): ONE_LANGUAGE,
    ("export schema", "--stack"): NO_STACK,
    ("export schema", "--json"): A_FILE,
    ("export schema", "--lang"): ONE_LANGUAGE,
    ("export docs", "--stack"): NO_STACK,
    ("export docs", "--json"): A_FILE,
    ("export docs", "--lang"): ONE_LANGUAGE,
    ("export checks", "--stack"): NO_STACK,
    ("export checks", "--json"): A_FILE,
    ("export checks", "--lang"): ONE_LANGUAGE,
    ("export reporter", "--json"): A_FILE,
    ("export relay", "--json"): A_FILE,
    ("export policies", "--json"): A_FILE,
    ("run all", "--json"): A_PROCESS,
    ("run emulator", "--stack"): NO_STACK,
    ("run emulator", "--json"): A_PROCESS,
    ("run emulator", "--lang"): ONE_LANGUAGE,
    ("run otlp", "--stack"): NO_STACK,
    ("run otlp", "--json"): A_PROCESS,
    ("run otlp", "--lang"): ONE_LANGUAGE,
    ("run relay", "--stack"): NO_STACK,
    ("run relay", "--json"): A_PROCESS,
    ("run relay", "--lang"): ONE_LANGUAGE,
    ("engine status", "--lang"): ONE_LANGUAGE,
    ("engine install", "--stack"): NO_STACK,
    ("engine install", "--lang"): ONE_LANGUAGE,
    ("engine pack", "--stack"): NO_STACK,
    ("engine pack", "--lang"): ONE_LANGUAGE,
    ("engine exec", "--stack"): "its arguments are Pulumi's",
    ("engine exec", "--json"): "its arguments are Pulumi's",
    ("engine exec", "--lang"): ONE_LANGUAGE,
}


def leaves(command, path=()):
    if not isinstance(command, click.Group):
        yield " ".join(path), {text for one in command.params for text in one.opts}
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        yield from leaves(command.get_command(context, name), (*path, name))


@pytest.mark.parametrize("option", ["--stack", "--json", "--lang"])
def test_a_command_takes_what_all_take_unless_it_would_mean_nothing(option):
    lacking = [path for path, options in leaves(group) if option not in options]
    assert lacking == [path for path, _ in leaves(group) if (path, option) in WITHOUT]


def options(command, path=()):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from options(command.get_command(context, name), (*path, name))
    else:
        yield from ((" ".join(path), one) for one in command.params if isinstance(one, click.Option))


def test_every_option_of_every_command_says_in_a_sentence_what_it_does():
    told = [f"{path} {one.opts[-1]}" for path, one in options(group) if not (one.help or "-")[0].isupper()]
    assert told == []


def test_no_call_at_once_is_too_few():
    assert run(["up", "--parallel", "0"]) == 2
