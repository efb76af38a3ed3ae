"""What a start needs and refuses, short of a process: the state on the disk, the port, the accounts."""

import socket

import pytest

from flowvigil.cli import run
from flowvigil.emulator import DEFAULT_PORT, StateError, stop
from flowvigil.emulator.state import State


def test_the_usual_port_is_the_documented_one():
    assert DEFAULT_PORT == 8474


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


@pytest.mark.parametrize("accounts", ["x", "k=me", "=1"])
def test_accounts_that_cannot_be_read_are_bad_input(accounts, capsys):
    assert run(["run", "emulator", "--accounts", accounts]) == 2
    assert "access-key-id=account-number" in capsys.readouterr().err
