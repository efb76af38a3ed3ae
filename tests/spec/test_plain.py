"""The quick reading of plain files never differs from libyaml's."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.spec.plain import NotPlain, read_plain
from flowvigil.provisioner.spec.reader import read_events

from .conftest import Project

LISTS = "flow: poem\nnotify:\n  critical:\n    - oncall\n    - 值班  # who\n  warning:\n  - oncall\nowner: a\n"
EXAMPLES = sorted((Path(__file__).parents[2] / "monitors").rglob("*.yaml"))
TEXTS = [*(path.read_text(encoding="utf-8") for path in EXAMPLES), LISTS, LISTS, LISTS]
PIECES = ["\n", ": ", "- ", "{", "}", "[", "]", "&a ", "*a", "!!int ", "<<: ", "none", "5s", "'", '"', "|\n", "---\n"]
PIECES += ["# ", "#", "? ", "?", ",", ":", " ", "  ", "true", "null: 1", "-5", "0.5", "12", "...", "a: b\n", "  x: y\n"]
PIECES += ["{a: b}", "[a, b]", "@", "\\", "~", "\r", "\x85", "\xa0", "\u3000", "\u2028", "\ufeff", "😀", "\x00"]

ODD_LINES = [
    "",
    "# nothing\n",
    "a: 'quoted'\n",
    "a: -5\n",
    "a: &x b\n",
    "a: {b: c, b: d}\n",
    "a: {b: c} d\n",
    "a: b\r\n",
]
ODD_SHAPES = [
    "a:\n  - b: c\n",
    "a:\n- b\n - c\n",
    "a:\n  - b\n  c: d\n",
    "a: b\n- c\n",
    "- a\n",
    "a:\n  - - b\n",
    "a: b\n  c: d\n",
    "  a: b\n",
    "a: b\na: c\n",
    "true: a\n",
    "a: b\n c\n",
    "a:\n   b: c\n  d: e\n",
]


def changed(text: str, dice: random.Random) -> str:
    for _ in range(dice.randint(0, 3)):
        at = dice.randrange(len(text) + 1)
        to = min(len(text), at + dice.randint(0, 12))
        text = text[:at] + dice.choice(["", *PIECES, text[at:to] * 2]) + text[to:]
    return text


def compare(rounds: int, seed: int) -> int:
    """How many of the changed texts were read quickly; each of them as libyaml reads it."""
    dice = random.Random(seed)
    taken = 0
    for _ in range(rounds):
        text = changed(dice.choice(TEXTS), dice)
        try:
            tree = read_plain(text)
        except NotPlain:
            continue
        taken += 1
        assert repr(tree) == repr(read_events(text.encode())), text
    return taken


def test_the_plain_reading_agrees_with_libyaml() -> None:
    assert compare(1_500, seed=3) > 300


@pytest.mark.soak
def test_the_plain_reading_agrees_with_libyaml_on_many_texts() -> None:
    assert compare(300_000, seed=4) > 50_000


def test_a_flow_in_the_plain_style_needs_no_libyaml() -> None:
    text = "flow: poem  # 诗\nalarms:\n  p95: {warning: 5s, info: 1.5}\nnotify: {critical: [oncall, 值班]}\nrunbook: http://x/#y\n"
    assert read_plain(text) == {
        "flow": "poem",
        "alarms": {"p95": {"warning": "5s", "info": 1.5}},
        "notify": {"critical": ["oncall", "值班"]},
        "runbook": "http://x/#y",
    }


def test_lists_of_words_are_plain() -> None:
    assert read_plain(LISTS) == {
        "flow": "poem",
        "notify": {"critical": ["oncall", "值班"], "warning": ["oncall"]},
        "owner": "a",
    }


@pytest.mark.parametrize("text", [*ODD_LINES, *ODD_SHAPES])
def test_anything_else_is_left_to_libyaml(text: str) -> None:
    with pytest.raises(NotPlain):
        read_plain(text)


def test_a_fault_in_one_file_leaves_a_file_with_the_same_words_alone(project: Project) -> None:
    """Branches are shared between files that say the same, so cutting one must not cut the other."""
    words = "owner: assistant-team\nalarms: {p95: {warning: 5s, critical: 5}}\n"
    project.write(**{"aa.yaml": f"flow: aa\n{words}", "bb.yaml": f"flow: bb\n{words}"})
    assert [one.file for one in spec.problems(project.monitors)] == ["monitors/aa.yaml", "monitors/bb.yaml"]
