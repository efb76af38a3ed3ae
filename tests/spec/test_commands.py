"""`flowvigil lint` and `flowvigil explain` as people and machines see them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flowvigil.cli import run
from flowvigil.provisioner import spec

from .conftest import Project

FLOW = "flow: poem-generator\nowner: assistant-team\n"
WRONG = FLOW + "title: 诗\nalarms:\n  p95: {warnning: 5s}\n"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")


def test_lint_shows_the_line_and_points_at_the_word(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": WRONG})
    assert run(["lint"]) == 1
    assert capsys.readouterr().out == (
        "monitors/poem.yaml:5:9: `warnning` is not a key here; did you mean `warning`? "
        "legal are critical, for, hours, info, min_runs, period, signal, warning (spec/unknown-key)\n"
        "    5 |   p95: {warnning: 5s}\n"
        "      |         ^^^^^^^^\n"
    )


def test_lint_counts_chinese_characters_as_two_columns(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW + "dimensions: {plan: [免费, 免费]}\n"})
    run(["lint", "--lang", "zh"])
    line, _, carets = capsys.readouterr().out.splitlines()
    assert line == "monitors/poem.yaml:3:25: `免费` 在列表中重复；请只保留一处 (spec/twice)"
    assert carets == "      | " + " " * 26 + "^^^^"


def test_lint_of_a_clean_folder_ends_with_zero(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW})
    assert run(["lint"]) == 0
    assert capsys.readouterr() == ("", "no problems\n")


def test_lint_never_echoes_a_secret(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    token = "0123456789abcdef" * 4
    url = f"https://oapi.dingtalk.com/robot/send?access_token={token}"
    project.write(**{"contacts.yaml": f"groups:\n  ding: [{{dingtalk: '{url}'}}]\n", "poem.yaml": f"flow: {url}\n"})
    for arguments in (["lint"], ["lint", "--json"], ["lint", "--lang", "zh"], ["explain", "poem"]):
        run(arguments)
    shown = "".join(capsys.readouterr())
    assert "in clear text" in shown
    assert token[:8] not in shown


@pytest.mark.parametrize("secret", ["LTAI5tAbCdEfGh1234567890", "SEC" + "0a1b2c3d" * 8])
def test_keys_are_refused_anywhere(project: Project, capsys: pytest.CaptureFixture[str], secret: str) -> None:
    project.write(**{"poem.yaml": FLOW + f"title: {secret}\n", "profiles/chat.yaml": f"# {secret}\n"})
    assert run(["lint"]) == 1
    assert secret not in "".join(capsys.readouterr())


def test_lint_as_json_holds_place_and_fix(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW + "sampling: 0\n"})
    run(["lint", "--json"])
    assert json.loads(capsys.readouterr().out) == {
        "problems": [
            {
                "file": "monitors/poem.yaml",
                "line": 3,
                "column": 11,
                "path": "sampling",
                "id": "spec/wrong-value",
                "severity": "error",
                "message": "`0` is not legal",
                "fix": "give a whole number from 1 to 1000",
            }
        ]
    }


def test_lint_of_one_file_judges_it_with_what_it_inherits(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"team/poem.yaml": FLOW + "sampling: 500\n", "song.yaml": "flow: [\n"})
    project.write(**{"team/defaults.yaml": "bounds: {sampling: {max: 100}}\n"})
    assert run(["lint", "monitors/team/poem.yaml"]) == 1
    assert capsys.readouterr().out.startswith("monitors/team/poem.yaml:3:11: `500` is above")


def test_lint_of_a_folder_below_leaves_the_others_alone(project: Project) -> None:
    project.write(**{"team/poem.yaml": FLOW, "teams/song.yaml": "flow: [\n"})
    assert run(["lint", "monitors/team"]) == 0


def test_lint_judges_every_environment_unless_one_is_named(project: Project) -> None:
    project.write(**{"poem.yaml": FLOW + "environments: {staging: {repeat: {critical: 1m}}}\n"})
    assert [run(["lint"]), run(["lint", "--env", "production"]), run(["lint", "--env", "staging"])] == [1, 0, 1]


def test_a_path_that_is_not_there_is_bad_usage(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "monitors/poem.yaml"]) == 2
    assert capsys.readouterr().err == "monitors/poem.yaml: there is no such file or folder\n"


def test_outside_of_a_project_the_way_in_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [run(["lint"]), run(["explain", "poem"])] == [2, 2]
    assert capsys.readouterr().err == (
        "monitors: there is no such file or folder; name your specs, or start with: flowvigil init\n"
        "monitors: there is no such folder; name yours with --dir, or start with: flowvigil init\n"
    )


def test_the_folder_of_a_project_stands_for_its_monitors(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW + "sampling: 0\n"})
    Path("Pulumi.yaml").write_text("name: acme\n")
    assert [run(["lint", "."]), run(["lint", "--json", "."])] == [1, 1]
    assert capsys.readouterr().out.startswith("monitors/poem.yaml:3:11: `0` is not legal")


def test_a_file_that_is_no_spec_is_not_called_clean(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW, "poem.txt": FLOW})
    assert run(["lint", "monitors/poem.txt"]) == 2
    assert capsys.readouterr().err == "monitors/poem.txt: specs are .yaml files\n"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "spec/no-unit: the language refuses it; the message says what would be right, docs/spec.md the rest"),
        ("zh", "spec/no-unit：语言本身的错误；消息中写明了正确写法，其余见 docs/spec.md"),
    ],
)
def test_an_error_of_the_language_is_explained_as_one(capsys: pytest.CaptureFixture[str], lang: str, said: str) -> None:
    assert run(["lint", "--explain", "spec/no-unit", "--lang", lang]) == 0
    assert capsys.readouterr().out == f"{said} (flowvigil export docs)\n"


def test_a_file_that_cannot_be_read_is_bad_input(project: Project) -> None:
    (project.monitors / "poem.yaml").symlink_to("nowhere.yaml")
    assert run(["lint"]) == 2


def test_explain_names_the_file_and_line_of_every_value(project: Project) -> None:
    project.write(**{"defaults.yaml": "# all\nsampling: 5\n", "profiles/chat.yaml": "alarms:\n  p95: {warning: 4s}\n"})
    project.write(**{"poem.yaml": FLOW + "extends: chat\nenvironments:\n  staging: {sampling: 9}\n"})
    rows = {
        row.path: (row.value, row.file, row.line) for row in spec.explain(project.monitors, "staging", "poem-generator")
    }
    assert rows["sampling"] == (9, "monitors/poem.yaml", 5)
    assert rows["alarms.p95.warning"] == ("4s", "monitors/profiles/chat.yaml", 2)
    assert rows["alarms.p95.min_runs"] == (20, "built-in", 0)
    assert rows["alarms.slow_streak.over"] == ("4s", "built-in", 0)
    assert rows["notify.warning"] == (["assistant-ding"], "monitors/contacts.yaml", 2)
    assert "environments" not in " ".join(rows)


def test_explain_without_environment_shows_the_flow_itself(project: Project) -> None:
    project.write(**{"defaults.yaml": "sampling: 5\n", "poem.yaml": FLOW + "environments: {staging: {sampling: 9}}\n"})
    rows = {row.path: row.value for row in spec.explain(project.monitors, "", "poem-generator")}
    assert rows["sampling"] == 5


def test_explain_prints_in_columns(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW})
    assert run(["explain", "poem-generator"]) == 0
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.split() == ["flow", "poem-generator", "monitors/poem.yaml:1"]
    assert second.split() == ["owner", "assistant-team", "monitors/poem.yaml:2"]


def test_explain_takes_the_environment_of_a_stack(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW + "environments:\n  staging: {title: rehearsal}\n"})
    (project.monitors.parent / "Pulumi.yaml").write_text("name: acme\n")
    settings = "config: {alicloud:accountId: '1', alicloud:region: cn-hangzhou, flowvigil:environment: staging}\n"
    (project.monitors.parent / "Pulumi.prod.yaml").write_text(settings)
    assert run(["explain", "poem-generator", "-s", "prod", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["environment"] == "staging"
    assert [one["value"] for one in document["values"] if one["path"] == "title"] == ["rehearsal"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-s", "prod", "--env", "staging"], "--stack and --env both say which environment; give one of them\n"),
        (["-s", "prod"], "there is no Pulumi.prod.yaml; stacks here: none"),
    ],
)
def test_explain_of_a_stack_that_cannot_be_says_why(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    project.write(**{"poem.yaml": FLOW})
    (project.monitors.parent / "Pulumi.yaml").write_text("name: acme\n")
    assert run(["explain", "poem-generator", *arguments]) == 2
    assert capsys.readouterr().err.startswith(said)


def test_explain_of_an_unknown_flow_lists_the_known(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW})
    assert run(["explain", "poem"]) == 2
    assert capsys.readouterr().err == "there is no flow `poem`; flows are poem-generator\n"


def test_explain_of_a_wrong_flow_prints_its_problems(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write(**{"poem.yaml": FLOW + "sampling: 0\n"})
    assert run(["explain", "poem-generator"]) == 2
    assert capsys.readouterr().err.startswith("monitors/poem.yaml:3:11: `0` is not legal")


@pytest.mark.engine
def test_lint_starts_without_pulumi_and_schema_libraries(project: Project) -> None:
    project.write(**{"poem.yaml": FLOW})
    program = (
        "import sys; from flowvigil.cli import run; code = run(['lint']);"
        "print(code, [name for name in ('pulumi', 'jsonschema', 'jsonschema_rs', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "0 []\n"
