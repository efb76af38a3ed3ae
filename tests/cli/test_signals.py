"""A signal in the middle of a command ends it as Ctrl-C does: a word, 130, nothing left behind."""

import os
import signal
import socket
import subprocess
import sys

import pytest

pytestmark = pytest.mark.engine  # starts interpreters


@pytest.fixture
def silent():
    """The address of a service that takes a question and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


def test_an_interrupt_while_the_command_is_read_is_no_traceback(tmp_path):
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "flowvigil", "plan"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_command_that_is_told_to_end_says_so_and_ends_with_130(silent, tmp_path, number):
    address = f"http://127.0.0.1:{silent.getsockname()[1]}"
    command = [sys.executable, "-m", "flowvigil", "init", "--from-langflow", address]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    asked, _ = silent.accept()
    with asked:
        asked.recv(1)
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said.split()) == (130, ["interrupted"])
    assert list(tmp_path.iterdir()) == []
