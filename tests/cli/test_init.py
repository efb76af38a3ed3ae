"""`flowvigil init` as a person meets it."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys

import pytest

from flowvigil.cli import run
from tests.repositories import git


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def test_without_any_flag_it_writes_a_project_named_after_the_folder(here):
    assert run(["init"]) == 0
    assert (here / "Pulumi.yaml").read_text().startswith("name: shop\n")


def test_it_ends_with_the_commands_to_type_next(here, capsys):
    run(["init"])
    assert capsys.readouterr().out.splitlines() == [
        "Next, on the pretend cloud:",
        "  flowvigil engine install",
        "  flowvigil up -s local",
    ]


def test_a_second_init_is_refused_and_changes_nothing(here, capsys):
    run(["init"])
    (here / "monitors/my-flow.yaml").write_text("mine")
    assert run(["init"]) == 4
    assert "nothing was written, because these files exist:\n  .gitignore\n" in capsys.readouterr().err
    assert (here / "monitors/my-flow.yaml").read_text() == "mine"


def test_another_folder_is_written_when_named(here, capsys):
    assert run(["init", "watch", "--flow", "poem"]) == 0
    assert (here / "watch/monitors/poem.yaml").is_file()
    assert "  cd watch\n" in capsys.readouterr().out


def test_bad_answers_are_told_all_at_once(here, capsys):
    assert run(["init", "--flow", "A", "--owner", "1"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert list(here.iterdir()) == []


def test_what_pulumi_read_only_folders_say_is_no_traceback(here, capsys):
    assert run(["init", "/proc/shop"]) == 2
    assert "nothing was written" in capsys.readouterr().err


def test_the_port_can_come_from_the_environment(here, monkeypatch):
    monkeypatch.setenv("FLOWVIGIL_PORT", "9000")
    run(["init"])
    assert "flowvigil:emulator: 127.0.0.1:9000" in (here / "Pulumi.local.yaml").read_text()


@pytest.mark.engine
def test_a_stack_on_an_account_is_written_unchecked_where_there_are_no_credentials(here):
    flags = "--stack prod --region cn-hangzhou --account 1234567890123456 --backend file:///srv/state"
    done = subprocess.run(
        [sys.executable, "-m", "flowvigil", "init", *flags.split()],
        env={"PATH": os.environ["PATH"], "HOME": str(here), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"},
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0
    assert done.stderr.startswith("the account number was not checked: no credentials on this machine")
    assert (here / "Pulumi.prod.yaml").is_file()


@pytest.fixture
def terminal(here):
    """Init with a terminal as its input, and the other end of it."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "flowvigil", "init"]
    process = subprocess.Popen(command, cwd=here, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    yield process, ours
    process.kill()
    process.communicate()
    os.close(ours)
    os.close(theirs)


@pytest.mark.engine
def test_on_a_terminal_it_asks_and_an_empty_line_takes_the_default(here, terminal):
    process, keyboard = terminal
    os.write(keyboard, b"poem\n\n\n")
    assert process.wait(20) == 0
    assert (here / "monitors/poem.yaml").read_text().startswith("flow: poem\nowner: my-team\n")


@pytest.mark.engine
def test_ctrl_c_while_it_asks_leaves_nothing(here, terminal):
    process, _ = terminal
    assert process.stderr.read(len("id of the first flow")) == b"id of the first flow"
    assert ended_by_ctrl_c(process) == 130
    assert list(here.iterdir()) == []


def ended_by_ctrl_c(process, tries=60):
    """The exit code. One signal can fall between the prompt and the wait for a key, where nobody hears it."""
    for _ in range(tries):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.3)
    return None


def test_existing_rules_can_only_be_read_from_an_account(here, capsys):
    assert run(["init", "--from-cms"]) == 2
    assert "name it with --stack" in capsys.readouterr().err
    assert list(here.iterdir()) == []


WORKFLOW = ".github/workflows/flowvigil.yaml"
PROD = 'config:\n  alicloud:accountId: "1234567890123456"\n  alicloud:region: cn-hangzhou\n'


@pytest.fixture
def project(here, capsys):
    """A project with a stack on an account beside the one on the pretend cloud."""
    run(["init"])
    (here / "Pulumi.prod.yaml").write_text(PROD)
    capsys.readouterr()
    return here


def test_pipelines_go_into_a_project_that_exists_and_touch_nothing_else(project):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert run(["init", "--ci", "github"]) == 0
    after = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert after.keys() - before.keys() == {project / WORKFLOW}
    assert {path: after[path] for path in before} == before
    assert "matrix: {stack: [prod]}" in (project / WORKFLOW).read_text()


def test_a_pipeline_that_exists_is_replaced_only_by_force(project, capsys):
    run(["init", "--ci", "github"])
    (project / WORKFLOW).write_text("mine")
    assert run(["init", "--ci", "github"]) == 4
    assert f"these files exist:\n  {WORKFLOW}\nReplace them with --force." in capsys.readouterr().err
    assert (project / WORKFLOW).read_text() == "mine"
    assert run(["init", "--ci", "github", "--force", "--branch", "release"]) == 0
    assert "push: {branches: [release]," in (project / WORKFLOW).read_text()


def test_a_link_in_the_way_is_not_written_through_even_by_force(project):
    (project / WORKFLOW).parent.mkdir(parents=True)
    (project / WORKFLOW).symlink_to(project / "Pulumi.yaml")
    assert run(["init", "--ci", "github", "--force"]) == 4
    assert (project / "Pulumi.yaml").read_text().startswith("name: shop\n")


@pytest.mark.parametrize(
    ("platform", "paths", "told"),
    [
        ("github", [WORKFLOW], "environments STACK and STACK-read for each stack"),
        ("gitlab", [".gitlab/flowvigil.yml"], "include: [{local: .gitlab/flowvigil.yml}]"),
        (
            "yunxiao",
            [f".yunxiao/flowvigil-{part}.yaml" for part in ("comment", "deploy", "preview")],
            "ALIBABA_CLOUD_ECS_METADATA",
        ),
    ],
)
def test_it_says_what_is_left_to_do_on_the_platform(project, capsys, platform, paths, told):
    assert run(["init", "--ci", platform]) == 0
    assert [path for path in paths if not (project / path).is_file()] == []
    assert told in capsys.readouterr().out


def test_a_new_project_can_have_its_pipelines_from_the_start(here):
    flags = "--stack prod --region cn-hangzhou --account 1234567890123456 --backend oss://state --ci github"
    assert run(["init", *flags.split()]) == 0
    assert (here / "Pulumi.yaml").is_file()
    assert "AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}" in (here / WORKFLOW).read_text()


def test_what_a_project_has_already_is_not_asked_for_again(project, capsys):
    assert run(["init", "--ci", "github", "--flow", "poem", "--site", "cn"]) == 2
    assert "--ci writes pipelines alone; leave out --flow, --site" in capsys.readouterr().err


def test_force_without_pipelines_is_refused(here):
    assert run(["init", "--force"]) == 2
    assert list(here.iterdir()) == []


def test_a_branch_that_is_no_name_is_refused(project, capsys):
    assert run(["init", "--ci", "gitlab", "--branch", "main]"]) == 2
    assert "--branch 'main]': must be letters" in capsys.readouterr().err
    assert not (project / ".gitlab").exists()


def test_a_project_in_a_folder_of_its_repository_is_told_where_pipelines_stand(project, capsys):
    git(project.parent, "init", "-q")
    assert run(["init", "--ci", "github"]) == 2
    assert "the project is in its folder shop/" in capsys.readouterr().err


def test_a_state_in_a_folder_and_a_missing_list_of_packages_are_remarked(project, capsys):
    (project / "requirements.txt").unlink()
    with (project / "Pulumi.yaml").open("a") as file:
        file.write("backend: {url: 'file:///srv/state'}\n")
    assert run(["init", "--ci", "github"]) == 0
    said = capsys.readouterr().err
    assert "the state lies in a folder, which a runner does not keep" in said
    assert "requirements.txt, which is not there" in said


def test_the_flows_of_a_langflow_become_specs(here):
    (here / "flows.json").write_text('[{"name": "Poem", "id": "5b0c7e52"}, {"name": "写诗", "id": "6b0c7e52"}]')
    assert run(["init", "watch", "--from-langflow", "flows.json", "--owner", "team"]) == 0
    written = {path.name for path in (here / "watch/monitors").iterdir()}
    assert written == {"poem.yaml", "flow-6b0c7e52.yaml", "contacts.yaml", "defaults.yaml"}


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        (["--from-langflow", "none.json"], 2, "a file that LangFlow exported"),
        (["--from-langflow", "empty.json"], 2, "there is no flow in it"),
        (["--from-langflow", "http://127.0.0.1:9"], 3, "is LangFlow running?"),
        (["--from-langflow", "empty.json", "--from-cms"], 2, "give one of them"),
    ],
)
def test_flows_that_cannot_be_had_leave_nothing_behind(here, capsys, given, code, told):
    (here / "empty.json").write_text("[]")
    assert run(["init", "watch", *given]) == code
    assert told in capsys.readouterr().err
    assert not (here / "watch").exists()
