"""Whose lock is freed: only that of a process of this machine that is gone; in a bucket, one that it started itself."""

import json
import os
import socket
import subprocess

import pytest

from flowvigil.deploy.locks import LockedError, free_dead_bucket_lock, free_dead_lock
from flowvigil.deploy.project import Project
from flowvigil.deploy.session import EngineError, Session
from flowvigil.deploy.started import noted, on_record

HERE = socket.gethostname()
BUCKET = "s3://states?region=cn-hangzhou"
EXISTS = "error: stack 'organization/acme/test' already exists"


def locked(*holders):
    """What pulumi 3.259 says of a stack with these locks."""
    lines = [
        f"\n  s3://states/.pulumi/locks/organization/acme/test/{place}.json: "
        f"created by root@{host} (pid {pid}) at 2026-11-23T10:00:00Z"
        for place, (host, pid) in enumerate(holders)
    ]
    return (
        f"error: could not create stack: the stack is currently locked by {len(holders)} lock(s). Either wait for "
        f"the other process(es) to end or delete the lock file with `pulumi cancel`.{''.join(lines)}"
    )


class Engine:
    """An engine that says this when it is asked to make the stack, and remembers what it was asked."""

    def __init__(self, root, said):
        (root / "said").write_text(said)
        self.pulumi = root / "pulumi"
        self.asked = root / "asked"
        self.pulumi.write_text(
            f'#!/bin/sh\necho "$*" >> {self.asked}\n[ "$1" = cancel ] || {{ cat {root}/said >&2; exit 255; }}\n'
        )
        self.pulumi.chmod(0o755)


@pytest.fixture
def session(tmp_path):
    def make(said, backend=BUCKET):
        environment = {"PATH": "/usr/bin:/bin", "PULUMI_BACKEND_URL": backend}
        return Session(Engine(tmp_path, said), Project(tmp_path, "acme"), "test", environment)

    return make


@pytest.fixture
def gone(tmp_path):
    """The number of a process that was started for the stack, and that is gone without having said so."""

    def make(stack="test"):
        process = subprocess.Popen(["true"])
        record = noted(Project(tmp_path, "acme"), stack, process.pid)
        record.__enter__()
        process.wait()
        kept.append(record)
        return process.pid

    kept = []
    return make


def freed(session):
    notes = []
    free_dead_bucket_lock(session, notes.append)
    return notes


def asked(session):
    return session.engine.asked.read_text().splitlines()


def test_a_lock_of_our_dead_process_is_freed(session, gone):
    pid = gone()
    one = session(locked((HERE, pid)))
    assert freed(one) == [f"freeing the lock of process {pid}, which is gone"]
    assert asked(one)[-1] == "cancel --yes test"
    assert on_record(one.project, "test") == set()


def test_a_process_that_we_did_not_start_keeps_its_lock_though_its_machine_is_called_like_ours(session, gone):
    one = session(locked((HERE, gone(stack="another"))))
    with pytest.raises(LockedError, match="currently locked by 1 lock"):
        freed(one)
    assert len(asked(one)) == 1


def test_a_living_process_of_ours_keeps_its_lock(session):
    one = session(locked((HERE, os.getpid())))
    with noted(one.project, "test", os.getpid()), pytest.raises(LockedError):
        freed(one)


def test_a_process_of_another_container_keeps_its_lock_though_it_shares_name_and_folder(session, gone, tmp_path):
    pid = gone()
    (tmp_path / f".flowvigil/engine/test/{pid}").write_text("pid:[1]")
    with pytest.raises(LockedError):
        freed(session(locked((HERE, pid))))


def test_a_process_of_another_machine_keeps_its_lock(session, gone):
    with pytest.raises(LockedError, match="created by root@elsewhere"):
        freed(session(locked(("elsewhere", gone()))))


def test_one_foreign_lock_keeps_all_for_the_engine_can_only_free_all(session, gone):
    with pytest.raises(LockedError, match="flowvigil engine exec -- cancel --stack test"):
        freed(session(locked((HERE, gone()), ("elsewhere", 7))))


@pytest.mark.parametrize("said", [EXISTS, "error: the passphrase is wrong"])
def test_whatever_else_the_engine_says_is_no_lock(session, said):
    one = session(said)
    assert freed(one) == []
    assert len(asked(one)) == 1


def test_a_state_folder_is_not_asked(session):
    one = session(EXISTS, "file://./state")
    assert freed(one) == []
    assert not one.engine.asked.exists()


@pytest.fixture
def in_folder(session, tmp_path):
    """A session whose state folder holds a lock of this process of this machine."""

    def make(host, pid):
        locks = tmp_path / "state/.pulumi/locks/organization/acme/test"
        locks.mkdir(parents=True)
        lock = {"pid": pid, "username": "root", "hostname": host, "timestamp": "2026-11-23T10:00:00Z"}
        (locks / "1.json").write_text(json.dumps(lock))
        return session(EXISTS, "file://./state")

    return make


def test_a_lock_in_a_folder_of_a_dead_process_is_freed(in_folder, gone):
    one, notes = in_folder(HERE, pid := gone()), []
    free_dead_lock(one, notes.append)
    assert notes == [f"freeing the lock of process {pid}, which is gone"]
    assert asked(one) == ["cancel --yes test"]


@pytest.mark.parametrize("host", [HERE, "elsewhere"])
def test_a_lock_in_a_folder_of_a_living_process_or_of_another_machine_is_kept(in_folder, gone, host):
    pid = os.getpid() if host == HERE else gone()
    with pytest.raises(LockedError, match=f"locked by process {pid} on {host} since 2026-11-23T10:00:00Z"):
        free_dead_lock(in_folder(host, pid), print)


def test_a_process_is_on_record_while_it_runs(session, tmp_path):
    one = session(EXISTS)
    records = tmp_path / ".flowvigil/engine/test"
    one.engine.pulumi.write_text(f"#!/bin/sh\nuntil [ -e {records}/$$ ]; do sleep 0.01; done; echo seen\n")
    assert one.ask("stack", "export") == "seen\n"
    assert on_record(one.project, "test") == set()


def test_no_record_is_kept_for_a_state_folder(session, tmp_path):
    with pytest.raises(EngineError):
        session(EXISTS, "file://./state").ask("stack", "export")
    assert not (tmp_path / ".flowvigil").exists()
