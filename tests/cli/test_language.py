"""`--lang`: every command that reads the specs says their problems in the language it was asked for."""

import pytest

from flowvigil.cli import run


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.chdir(tmp_path)
    run(["init"])
    (tmp_path / "monitors" / "wrong.yaml").write_text("flow: wrong\nownr: team\n")
    capsys.readouterr()
    return tmp_path


def said(capsys, *arguments):
    run(list(arguments))
    captured = capsys.readouterr()
    (line,) = [line for line in (captured.out + captured.err).splitlines() if "wrong.yaml:2:1" in line]
    return line


COMMANDS = [
    ["plan"],
    ["lint"],
    ["explain", "wrong"],
    ["preview"],
    ["up"],
    ["down"],
    ["verify"],
    ["doctor"],
    ["why", "poem-generator", "--approved-by"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_problems_of_the_specs_are_in_the_language_that_was_asked_for(project, capsys, command):
    assert "这个键" in said(capsys, *command, "--lang", "zh")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_language_that_was_asked_for_counts_more_than_the_locale(project, capsys, monkeypatch, command):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "is not a key here" in said(capsys, *command, "--lang", "en")


def test_the_locale_counts_where_nothing_was_asked(project, capsys, monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "这个键" in said(capsys, "plan")


def test_one_command_does_not_inherit_what_another_was_asked(project, capsys):
    said(capsys, "plan", "--lang", "zh")
    assert "is not a key here" in said(capsys, "plan")
