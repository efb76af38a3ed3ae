"""docs/review.md shows the comment that a review really makes."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from flowvigil.cli import run
from tests.repositories import git

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "review.md"
HASH = re.compile(r"\b[0-9a-f]{16}\b")


def test_the_golden_comment_that_is_shown_is_the_one_that_is_made(tmp_path, monkeypatch, capsys):
    shutil.copytree(ROOT / "monitors", tmp_path / "monitors")
    for name in ("Pulumi.yaml", "Pulumi.local.yaml", "flowvigil.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    poem = tmp_path / "monitors" / "poem-generator.yaml"
    poem.write_text(poem.read_text().replace("critical: 8s", "critical: 9s"))
    git(tmp_path, "commit", "-qam", "change")
    assert run(["review", "--base", "HEAD~1", "--lang", "en"]) == 0
    made = "".join(f"> {line}".rstrip() + "\n" for line in capsys.readouterr().out.splitlines())
    shown = "".join(re.findall(r"^>.*\n", PAGE.read_text("utf-8"), re.MULTILINE))
    if os.environ.get("FLOWVIGIL_GOLDEN") == "write":
        PAGE.write_text(PAGE.read_text("utf-8").replace(shown, made), "utf-8")
    assert HASH.sub("#", made) == HASH.sub("#", shown), "rewrite it with: make golden"
