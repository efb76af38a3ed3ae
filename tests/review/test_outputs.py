"""What lint prints is safe to show, keeps secrets, and is what the formats ask for."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flowvigil.cli import run

from .script import CONTACTS

TOKEN = "0123456789abcdef" * 4
WEBHOOK = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
KEY = "LTAI5tAbCdEfGh1234567890"
FORMATS = ["text", "json", "sarif", "junit", "github"]
ODD = "flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s, critical: 8s, min_runs: 3}\nsampling: 0\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    monitors = Path("monitors")
    monitors.mkdir()
    (monitors / "contacts.yaml").write_text(CONTACTS, encoding="utf-8")
    return monitors


@pytest.mark.parametrize("shape", FORMATS)
@pytest.mark.parametrize("secret", [WEBHOOK, KEY, "SEC" + "0a1b2c3d" * 8])
def test_a_secret_anywhere_is_in_no_output(
    folder: Path, capsys: pytest.CaptureFixture[str], shape: str, secret: str
) -> None:
    places = ["title: {}", "runbook: '{}'", "# {}", "source: {{langflow: {{id: '{}'}}}}", "'{}': 1"]
    places += ["# flowvigil: ignore {}", "# flowvigil: ignore flow/owner until 2099-01-01 because {}"]
    for number, place in enumerate(places):
        text = f"flow: flow-{number}\nowner: team\n{place.format(secret)}\n"
        (folder / f"f{number}.yaml").write_text(text, encoding="utf-8")
    for more in ([], ["--lang", "zh"], ["--fix"], ["--baseline", "b.json", "--write-baseline"]):
        run(["lint", "--info", "--format", shape, *more])
    shown = "".join(capsys.readouterr()) + Path("b.json").read_text(encoding="utf-8")
    assert shown
    assert secret[-16:] not in shown


@pytest.mark.parametrize("shape", FORMATS)
def test_nothing_is_shown_of_a_file_that_a_link_leads_to_out_of_the_folder(
    folder: Path, capsys: pytest.CaptureFixture[str], shape: str
) -> None:
    Path("outside.txt").write_text("never shown\n", encoding="utf-8")
    (folder / "poem.yaml").symlink_to("../outside.txt")
    assert run(["lint", "--format", shape]) == 1
    shown = "".join(capsys.readouterr())
    assert "poem.yaml" in shown
    assert "never shown" not in shown


def test_sarif_has_what_its_structure_demands(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """OASIS SARIF 2.1.0: version and runs; each result's index leads to the rule of its id; regions count from 1."""
    (folder / "poem.yaml").write_text(ODD, encoding="utf-8")
    run(["lint", "--info", "--format", "sarif"])
    log = json.loads(capsys.readouterr().out)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (sole,) = log["runs"]
    rules = sole["tool"]["driver"]["rules"]
    assert len({one["id"] for one in rules}) == len(rules)
    assert sole["results"]
    for one in sole["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["level"] in {"none", "note", "warning", "error"}
        region = one["locations"][0]["physicalLocation"]["region"]
        assert 1 <= region["startColumn"] < region["endColumn"]


def test_junit_is_xml_whose_numbers_are_right(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "poem.yaml").write_text(ODD.replace("sampling: 0\n", ""), encoding="utf-8")
    run(["lint", "--info", "--format", "junit"])
    suite = ElementTree.fromstring(capsys.readouterr().out)
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == 1
    assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))


def test_fix_keeps_the_mode_and_writes_through_a_link(folder: Path) -> None:
    path = folder / "poem.yaml"
    path.write_text(ODD.replace("sampling: 0\n", ""), encoding="utf-8")
    path.chmod(0o640)
    (folder / "song.yaml").symlink_to("poem.yaml")
    run(["lint", "--fix"])
    assert "min_runs: 20" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    assert (folder / "song.yaml").is_symlink()
    assert sorted(one.name for one in folder.iterdir()) == ["contacts.yaml", "poem.yaml", "song.yaml"]


def test_fix_that_cannot_write_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "poem.yaml"
    path.write_text(ODD.replace("sampling: 0\n", ""), encoding="utf-8")
    monkeypatch.setattr(
        Path, "replace", lambda self, target: (_ for _ in ()).throw(OSError(28, "No space", str(target)))
    )
    assert run(["lint", "--fix"]) == 2
    assert "min_runs: 3}" in path.read_text()
    assert "No space" in capsys.readouterr().err
    assert sorted(one.name for one in folder.iterdir()) == ["contacts.yaml", "poem.yaml"]
