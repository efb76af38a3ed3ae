"""The definition of the pre-commit hook: what it runs is a command of ours, on the files that lint reads."""

import re
from pathlib import Path

import pytest
import yaml

from flowvigil.cli import run

from .script import CONTACTS

(HOOK,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("limit", "code"), [("8s", 0), ("soon", 1)])
def test_the_hook_fails_exactly_when_lint_does(tmp_path, monkeypatch, limit, code):
    monkeypatch.chdir(tmp_path)
    Path("monitors").mkdir()
    Path("monitors/contacts.yaml").write_text(CONTACTS, encoding="utf-8")
    Path("monitors/poem.yaml").write_text(f"flow: poem\nowner: team\nalarms: {{p95: {{critical: {limit}}}}}\n")
    command, *arguments = HOOK["entry"].split()
    assert (command, run(arguments)) == ("flowvigil", code)
    assert not HOOK["pass_filenames"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("monitors/poem.yaml", True), ("monitors/team/defaults.yaml", True), ("flowvigil.yaml", True), ("x.yaml", False)],
)
def test_the_hook_runs_when_a_file_changes_that_lint_reads(name, wanted):
    assert bool(re.search(HOOK["files"], name)) is wanted
