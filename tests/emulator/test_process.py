"""The emulator as a process: start, state over a restart, kill, port, clean end."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from flowvigil.cli import run
from flowvigil.emulator import EmulatorError, StateError, health, start, stop
from flowvigil.emulator.listening import listen
from flowvigil.emulator.server import server
from flowvigil.emulator.state import State
from flowvigil.emulator.world import world
from tests.reporter.builders import Service

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds


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


def test_it_answers_as_soon_as_it_is_started(detached, cloud_at):
    assert cloud_at(detached()).rpc("DescribeContactList").status == 200


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


def test_one_that_is_slow_to_answer_is_found():
    service = Service()
    service.answer_slowly(1.5, b'{"emulator": "flowvigil"}')
    assert health(service.url.removeprefix("http://"))
    service.close()


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


def test_a_port_taken_by_something_else_is_no_emulator_to_keep():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(EmulatorError, match="is taken"):
            start(other.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_says_its_address_and_ends_on_a_signal(number, tmp_path):
    words = [sys.executable, "-m", "flowvigil", "run", "emulator", "--port", "0", "--state", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline()
        address = said.split("http://")[1].split()[0]
        while not health(address):
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait(60) == 0
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""


def test_state_that_another_process_holds_is_refused(tmp_path):
    first = State(tmp_path)
    first.db.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match="locked"):
        State(tmp_path)
    first.db.execute("ROLLBACK")
    first.close()


def test_a_state_that_cannot_be_opened_is_one_sentence_and_no_address(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder" / "emulator.sqlite").mkdir(parents=True)
    for name, why in (("file/state", "Not a directory"), ("folder", "unable to open database file")):
        assert run(["run", "emulator", "--port", "0", "--state", str(tmp_path / name)]) == 3
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert why in said.err


def test_asking_whether_it_runs_loads_no_server():
    code = "import sys, flowvigil.emulator as e; e.health('127.0.0.1:1'); sys.exit('uvicorn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_signal_that_comes_before_it_answers_ends_it_too():
    cloud = world()
    door = server(cloud)
    before = signal.signal(signal.SIGTERM, door.handle_exit)
    try:
        signal.raise_signal(signal.SIGTERM)
        with listen(0) as sock:
            door.run(sockets=[sock])
    finally:
        signal.signal(signal.SIGTERM, before)
        cloud.close()
    assert door.should_exit
