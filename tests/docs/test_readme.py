"""The READMEs show what really comes out, in both languages."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from flowvigil.cli import COMMANDS, run
from tests.docs.markdown import blocks, commands

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
BOTH = pytest.mark.parametrize("readme", [ENGLISH, CHINESE], ids=["en", "zh"])
HASH = re.compile(r"\b[0-9a-f]{16}\b")


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    """A project in a folder named as in the READMEs, made by the command that they show."""
    (tmp_path / "flow-monitors").mkdir()
    monkeypatch.chdir(tmp_path / "flow-monitors")
    init = next(line for line in commands(ENGLISH) if line.startswith("flowvigil init"))
    assert run(init.split()[1:]) == 0
    capsys.readouterr()
    return tmp_path / "flow-monitors"


@pytest.mark.parametrize(("readme", "lang"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_the_golden_plan_that_is_shown_is_the_plan_that_is_made(project, capsys, readme, lang):
    assert run(["plan", "--lang", lang]) == 0
    made = capsys.readouterr().out
    shown = next(block.text for block in blocks(readme) if block.language == "text")
    if os.environ.get("FLOWVIGIL_GOLDEN") == "write":
        readme.write_text(readme.read_text().replace(shown, made))
    assert HASH.sub("#", made) == HASH.sub("#", shown), "rewrite it with: make golden"


@BOTH
def test_the_spec_that_is_shown_is_the_example_of_this_repository(readme):
    shown = next(block.text for block in blocks(readme) if block.language == "yaml")
    assert shown == (ROOT / "monitors" / "poem-generator.yaml").read_text()


def test_the_spec_that_is_shown_is_clean(project):
    assert run(["lint"]) == 0


@BOTH
def test_the_commands_for_ones_own_repository_are_those_of_the_first_run(readme):
    assert commands(readme) == commands(ROOT / "docs" / "first-run.md")


@BOTH
def test_every_command_that_is_named_exists(readme):
    named = set(re.findall(r"flowvigil ([a-z]+)", readme.read_text()))
    assert named <= COMMANDS.keys()


@BOTH
def test_every_path_that_is_named_exists(readme):
    text = readme.read_text()
    rooms = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert [path for path in [*rooms, *links] if not (ROOT / path).exists()] == []


@BOTH
def test_every_make_target_that_is_named_exists(readme):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^    make ([a-z]+)", readme.read_text(), re.MULTILINE)) <= targets


@BOTH
def test_a_readme_has_at_most_150_lines(readme):
    assert len(readme.read_text().splitlines()) <= 150


def test_both_say_the_same_in_the_same_order():
    def headings(readme):
        return [len(marks) for marks in re.findall(r"^(#+) ", readme.read_text(), re.MULTILINE)]

    assert headings(ENGLISH) == headings(CHINESE)
    assert len(blocks(ENGLISH)) == len(blocks(CHINESE))
