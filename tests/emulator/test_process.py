"""The emulator as a process: start, state over a restart, kill, port, clean end."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from flowvigil.cli import run
from flowvigil.emulator import DEFAULT_PORT, EmulatorError, StateError, health, start, stop
from flowvigil.emulator.state import State


@pytest.fixture
def detached(tmp_path):
    """Starts detached emulators on the state of this test and ends them."""
    yield lambda **options: start(0, tmp_path, **options)
    stop(tmp_path)


def client(cloud, address):
    cloud.address = address
    return cloud


@pytest.fixture
def cloud_at(cloud):
    before = cloud.address
    yield lambda address: client(cloud, address)
    cloud.address = before


def test_it_is_ready_in_a_moment_and_answers(detached, cloud_at):
    began = time.monotonic()
    address = detached()
    assert time.monotonic() - began < 5
    assert cloud_at(address).rpc("DescribeContactList").status == 200


def test_it_knows_its_profile_and_accounts(detached, cloud_at):
    address = detached(profile="pessimistic", keys={"test": "42"})
    assert health(address)["profile"] == "pessimistic"
    assert cloud_at(address).rpc("GetCallerIdentity", "sts").body["AccountId"] == "42"


def test_a_second_start_on_its_port_keeps_the_first(detached, tmp_path):
    address = detached()
    pid = health(address)["pid"]
    assert start(int(address.split(":")[1]), tmp_path) == address
    assert start(0, tmp_path) == address
    assert health(address)["pid"] == pid


def test_an_emulator_with_other_settings_is_not_taken_for_the_one_asked_for(detached, tmp_path):
    address = detached()
    port = int(address.split(":")[1])
    with pytest.raises(EmulatorError, match="profile lenient"):
        start(port, tmp_path, "pessimistic")
    with pytest.raises(EmulatorError, match=f"state {tmp_path}"):
        start(port)
    with pytest.raises(EmulatorError, match=f"runs on {address}"):
        start(port - 1, tmp_path)


def test_a_state_in_use_is_refused_in_the_foreground(detached, tmp_path, capsys):
    address = detached()
    assert run(["run", "emulator", "--port", "0", "--state", str(tmp_path)]) == 3
    assert f"in use by the emulator on {address}" in capsys.readouterr().err


def test_why_it_did_not_get_ready_is_told(tmp_path):
    State(tmp_path).db.execute("PRAGMA user_version=99").close()
    with pytest.raises(EmulatorError, match="newer flowvigil"):
        start(0, tmp_path)


def test_everything_is_there_after_a_clean_restart(detached, cloud_at, tmp_path):
    cloud = cloud_at(detached())
    cloud.rpc("PutContact", ContactName="alice", Describe="d")
    before = cloud.door("journal")
    assert stop(tmp_path)
    cloud = cloud_at(detached())
    assert cloud.rpc("DescribeContactList").body["Total"] == 1
    assert cloud.door("journal")[: len(before)] == before


def test_a_kill_leaves_whole_requests_only(detached, cloud_at):
    cloud = cloud_at(detached())
    for number in range(20):
        cloud.rpc("PutContact", ContactName=f"c{number}", Describe="d")
    os.kill(health(cloud.address)["pid"], signal.SIGKILL)
    cloud = cloud_at(detached())
    contacts = cloud.door("objects")["1000000000000001"]["contact"]
    assert len(contacts) == len(cloud.door("journal")) == 20


def test_it_ends_cleanly_and_takes_its_pid_file_along(detached, tmp_path):
    address = detached()
    assert (tmp_path / "emulator.pid").exists()
    assert stop(tmp_path)
    assert health(address) is None
    assert not (tmp_path / "emulator.pid").exists()
    assert (tmp_path / "emulator.log").read_text() == ""


def test_stopping_where_nothing_runs_is_false(tmp_path):
    assert stop(tmp_path) is False
    (tmp_path / "emulator.pid").write_text('{"pid": 1, "port": 9}')
    assert stop(tmp_path) is False


def test_a_taken_port_is_a_sentence_with_exit_code_3(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run(["run", "emulator", "--port", str(port)]) == 3
    assert f"port {port} of 127.0.0.1 is taken" in capsys.readouterr().err


def test_a_port_taken_by_something_else_is_no_emulator_to_keep():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(EmulatorError, match="is taken"):
            start(other.getsockname()[1])


def test_the_usual_port_is_the_documented_one():
    assert DEFAULT_PORT == 8474


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_says_its_address_and_ends_on_a_signal(number, tmp_path):
    words = [sys.executable, "-m", "flowvigil", "run", "emulator", "--port", "0", "--state", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline()
        address = said.split("http://")[1].split()[0]
        while not health(address):
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""


def test_state_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    state = State(tmp_path)
    state.db.execute("PRAGMA user_version=99")
    state.close()
    with pytest.raises(StateError, match="newer flowvigil"):
        State(tmp_path)


def test_state_of_the_version_before_is_brought_along(tmp_path):
    state = State(tmp_path)
    state.put("contact", "1", "alice", {"Name": "alice"})
    state.db.execute("ALTER TABLE points DROP COLUMN arrived")
    state.db.execute("PRAGMA user_version=1")
    state.close()
    again = State(tmp_path)
    assert again.get("contact", "1", "alice") == {"Name": "alice"}
    assert again.db.execute("SELECT arrived FROM points").fetchall() == []
    again.close()


def test_state_that_is_no_database_is_refused(tmp_path, capsys):
    (tmp_path / "emulator.sqlite").write_bytes(b"not a database at all, but long enough to be read as one" * 10)
    assert run(["run", "emulator", "--port", "0", "--state", str(tmp_path)]) == 3
    assert "not a database" in capsys.readouterr().err


def test_state_that_another_process_holds_is_refused(tmp_path):
    first = State(tmp_path)
    first.db.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match="locked"):
        State(tmp_path)
    first.db.execute("ROLLBACK")
    first.close()


@pytest.mark.parametrize("accounts", ["x", "k=me", "=1"])
def test_accounts_that_cannot_be_read_are_bad_input(accounts, capsys):
    assert run(["run", "emulator", "--accounts", accounts]) == 2
    assert "access-key-id=account-number" in capsys.readouterr().err


def test_asking_whether_it_runs_loads_no_server():
    code = "import sys, flowvigil.emulator as e; e.health('127.0.0.1:1'); sys.exit('uvicorn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
