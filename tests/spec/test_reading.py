"""Files that cannot be read, or that are strange as files."""

from __future__ import annotations

import os

import pytest
import yaml

from flowvigil.provisioner import spec
from flowvigil.provisioner.spec.reader import read
from flowvigil.provisioner.spec.study import study

from .conftest import Project

FLOW = "flow: poem-generator\nowner: assistant-team\n"


def only(project: Project) -> str:
    (problem,) = spec.problems(project.monitors)
    return problem.text()


def test_a_missing_folder_is_named(project: Project) -> None:
    (problem,) = spec.problems(project.monitors / "elsewhere")
    assert problem.text() == ("monitors/elsewhere:1:1: there is no such folder; make it, or run `flowvigil init`")


def test_a_file_that_is_gone_says_so(project: Project) -> None:
    project.write(**{"poem.yaml": FLOW})
    (project.monitors / "song.yaml").symlink_to("nowhere.yaml")
    assert only(project) == "monitors/song.yaml:1:1: the file cannot be read: No such file or directory"


def test_a_link_out_of_the_folder_is_refused(project: Project) -> None:
    (project.monitors.parent / "other.yaml").write_text(FLOW)
    (project.monitors / "poem.yaml").symlink_to("../other.yaml")
    assert only(project) == (
        "monitors/poem.yaml:1:1: the link leads out of the monitors folder; put the file itself here"
    )


def test_what_is_no_file_is_refused_unread(project: Project) -> None:
    os.mkfifo(project.write(**{"song.yaml": FLOW}) / "poem.yaml")
    assert only(project) == "monitors/poem.yaml:1:1: the file cannot be read: it is not a regular file"


def test_a_linked_folder_is_refused(project: Project) -> None:
    project.write(**{"team/poem.yaml": FLOW})
    (project.monitors / "again").symlink_to("team")
    assert only(project).startswith("monitors/again:1:1: the link leads out")


def test_a_huge_file_is_refused_unread(project: Project) -> None:
    project.write(**{"poem.yaml": FLOW + "# " + "x" * 1_000_000})
    assert only(project) == (
        "monitors/poem.yaml:1:1: the file has 1000045 bytes; specs are at most 1000000; write one file per flow"
    )


def test_hidden_files_are_passed_over(project: Project) -> None:
    project.write(**{"poem.yaml": FLOW, ".poem.yaml": "{", ".git/x.yaml": "{"})
    assert spec.problems(project.monitors) == ()


def test_a_project_without_contacts_hears_that_there_is_no_team(project: Project) -> None:
    project.write(**{"poem.yaml": FLOW})
    (project.monitors / "contacts.yaml").unlink()
    said = "monitors/poem.yaml:2:8: there is no team `assistant-team` in contacts.yaml; teams are none"
    assert only(project) == said


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("012", "012"),
        ("12:30:45", "12:30:45"),
        ("1e3", "1e3"),
        ("2026-01-01", "2026-01-01"),
        ("true", True),
        ("3", 3),
        ("-0.5", -0.5),
        ("'3'", "3"),
        ("~", None),
    ],
)
def test_plain_words_are_read_as_json_would(written: str, value: object) -> None:
    text = f"key: {written}\n".encode()
    assert read(text) == study(text).tree == {"key": value}


def test_every_place_is_known() -> None:
    found = study(b"a:\n  - b: {c: 5s}\n")
    spot = found.values[("a", 0, "b", "c")]
    assert (spot.line, spot.column, spot.width) == (2, 12, 2)


@pytest.mark.parametrize("text", [b"a: 'b'\n", b"a: \x07\n", b"a: [\n", b"a: *b\n", b"- {a: 1}\n"])
def test_without_libyaml_the_pure_reader_finds_the_same(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = study(text)
    monkeypatch.setattr("flowvigil.provisioner.spec.study.LOADER", yaml.SafeLoader)
    pure = study(text)
    assert (pure.tree, [fault[1] for fault in pure.faults]) == (quick.tree, [fault[1] for fault in quick.faults])
