"""Every check fires on its bad example and not on its good one; none fires on what we ship."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from flowvigil.provisioner.spec.messages import texts
from flowvigil.review.lint import CHECKS, Check, Facts, Finding, Grade, Wish, judge

from .script import CONTACTS

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 26)
OFFLINE = [one for one in CHECKS.values() if one.about != "live"]
ILL = {
    "live/metric": Facts(quiet=frozenset({"poem"})),
    "live/inside": Facts(untold=frozenset({("poem", "ttft")})),
    "live/group": Facts(groups={"oncall": None}),
    "live/activated": Facts(groups={"oncall": ("me", "you")}),
    "live/store": Facts(stores=frozenset({"llm/runs"})),
    "live/index": Facts(indexes=frozenset({"llm/runs"})),
    "live/runbook": Facts(runbooks={"https://wiki.example.com/poem": "HTTP 404"}),
}


def written(example: str, top: Path) -> Path:
    """Write an example's files; those it does not give are the usual ones."""
    parts = re.split(r"^# (\S+\.yaml)\n", example + "\n", flags=re.MULTILINE)
    files = dict(zip(parts[1::2], parts[2::2], strict=True)) or {"poem.yaml": parts[0]}
    folder = top / "monitors"
    folder.mkdir()
    for name, text in {"contacts.yaml": CONTACTS, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def fired(example: str, top: Path, facts: Facts | None = None) -> list[Finding]:
    return judge(written(example, top), "", Wish(TODAY, info=True, facts=facts))


@pytest.mark.parametrize("check", OFFLINE, ids=lambda one: one.id)
def test_a_check_fires_on_its_bad_example(check: Check, tmp_path: Path) -> None:
    assert check.id in {one.id for one in fired(check.bad, tmp_path)}


@pytest.mark.parametrize("check", OFFLINE, ids=lambda one: one.id)
def test_a_check_is_quiet_on_its_good_example(check: Check, tmp_path: Path) -> None:
    found = fired(check.good, tmp_path)
    assert check.id not in {one.id for one in found}
    assert [one.text() for one in found if one.grade is Grade.ERROR] == []


@pytest.mark.parametrize("check", [one for one in CHECKS.values() if one.about == "live"], ids=lambda one: one.id)
def test_a_live_check_fires_on_what_the_cloud_lacks(check: Check, tmp_path: Path) -> None:
    example = check.bad + "\nlogs: {project: llm, logstore: runs}"
    assert {one.id for one in fired(example, tmp_path, ILL[check.id]) if one.id.startswith("live/")} == {check.id}


def test_no_live_check_fires_on_a_cloud_that_has_all(tmp_path: Path) -> None:
    facts = Facts(groups={"oncall": ()}, runbooks={})
    assert [one.id for one in fired(CHECKS["live/group"].good, tmp_path, facts) if one.id.startswith("live/")] == []


def test_our_own_examples_give_no_error_and_no_warning() -> None:
    assert [one.text() for one in judge(ROOT / "monitors", "", Wish(TODAY))] == []


def test_the_six_lines_in_a_fresh_project_give_no_error_and_no_warning(tmp_path: Path) -> None:
    folder = ROOT / "flowvigil/scaffold/project-files/monitors"
    for path in folder.glob("*.yaml"):
        text = path.read_text().replace("$owner", "team").replace("$flow", "poem").replace("$robot", "team-robot")
        (tmp_path / path.name).write_text(text)
    assert [one.text() for one in judge(tmp_path, "", Wish(TODAY))] == []
    assert judge(tmp_path, "", Wish(TODAY, info=True)) != []


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda one: one.id)
def test_a_check_is_whole(check: Check) -> None:
    assert re.fullmatch(r"[a-z]+/[a-z]+(-[a-z]+)*", check.id)
    assert all(text for pair in (check.says, check.fix, check.why) for text in pair)
    assert re.search(r"[一-鿿]", check.says[1] + check.why[1])
    holes = [set(re.findall(r"(?<!\{)\{(\w+)\}", text)) for text in check.says]
    assert holes[0] == holes[1]


def test_there_are_at_least_forty_checks() -> None:
    assert len(CHECKS) >= 40


def test_every_check_of_the_reading_names_a_problem_of_the_language() -> None:
    known = texts()
    assert [one.id for one in CHECKS.values() if one.problem and one.problem not in known] == []


def test_golden_pages_are_what_the_checks_say() -> None:
    from flowvigil.review.lint.pages import pages

    folder = ROOT / "docs/checks"
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert on_disk == pages(), "write them with: flowvigil export checks"


def test_the_relays_words_are_the_relays():
    from flowvigil.relay.words import WORDS
    from flowvigil.review.lint.checks.robots import RELAY_WORDS

    assert {one["monitor"] for one in WORDS.values()} == set(RELAY_WORDS)
