"""Every kind of broken spec yields exactly the sentences written beside it.

A case is a flow's file or a monitors folder in broken/; NAME.txt holds what is printed, NAME.zh.txt the Chinese.
FLOWVIGIL_GOLDEN=write rewrites the English texts for review.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.spec.messages import texts

from .conftest import Project

BROKEN = Path(__file__).with_name("broken")
CASES = sorted(path for path in BROKEN.iterdir() if path.suffix != ".txt")
CHINESE = sorted(BROKEN.glob("*.zh.txt"))


def printed(folder: Path, lang: str) -> str:
    return "".join(problem.text(lang) + "\n" for problem in spec.problems(folder))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_golden_sentences_of_a_broken_spec(case: Path, project: Project) -> None:
    found = printed(project.copy(case), "en")
    expected = BROKEN / f"{case.stem}.txt"
    if os.environ.get("FLOWVIGIL_GOLDEN") == "write":
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
    assert found


@pytest.mark.parametrize("expected", CHINESE, ids=lambda path: path.name)
def test_the_same_in_chinese(expected: Path, project: Project) -> None:
    (case,) = [path for path in CASES if path.stem == expected.name.removesuffix(".zh.txt")]
    assert printed(project.copy(case), "zh") == expected.read_text(encoding="utf-8")


def test_every_problem_of_the_language_has_a_broken_spec(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {"unreadable", "outside", "no-folder", "too-large"}  # test_reading makes these
    for case in CASES:
        top = tmp_path_factory.mktemp("case")
        monkeypatch.chdir(top)
        seen |= {problem.id for problem in spec.problems(Project(top).copy(case))}
    assert json.dumps(sorted(texts())) == json.dumps(sorted(seen))
