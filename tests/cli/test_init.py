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
