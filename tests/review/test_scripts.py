"""Every script in scripts/ does what it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .script import play, read, rewrite

SCRIPTS = sorted(Path(__file__).with_name("scripts").rglob("*.txt"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_golden_scripts(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    script = read(path)
    outcome = play(script)
    if os.environ.get("FLOWVIGIL_GOLDEN") == "write":
        rewrite(script, outcome)
        script = read(path)
    assert outcome.stdout == script.sections.get("stdout", "")
    assert outcome.stderr == script.sections.get("stderr", "")
    assert outcome.exits == script.exits
    assert outcome.after == script.after


def test_no_two_scripts_do_the_same() -> None:
    seen = [tuple(map(tuple, read(path).commands)) + tuple(sorted(read(path).files.items())) for path in SCRIPTS]
    assert len(set(seen)) == len(seen)
