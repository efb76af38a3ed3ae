"""A relay that dies at any step goes on from there: nothing lost, nothing twice, but what nobody can know."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from flowvigil.relay.robots import Fate, Verdict
from flowvigil.relay.store import Store, StoreError

from .conftest import P95, flow, form


class Killed(BaseException):
    """Ends the process, as far as the relay can tell."""


def reopened(desk, one, folder):
    """The same state in the hands of a new process, with the same robot."""
    one.relay.store.close()
    again = desk(flow("poem", P95), state=folder)
    again.posts["robot"].taken = one.posts["robot"].taken
    return again


def test_a_callback_that_was_answered_is_told_after_a_kill(desk, tmp_path):
    folder = tmp_path / "state"
    one = desk(flow("poem", P95), state=folder)
    one.says("p95", "WARN", 0)
    again = reopened(desk, one, folder)
    again.work()
    assert again.heads() == ["警告 报警 客服问答 p95"]


def test_a_notice_that_was_queued_is_told_after_a_kill(desk, tmp_path):
    folder = tmp_path / "state"
    one = desk(flow("poem", P95), state=folder)
    one.says("p95", "WARN", 0)
    one.relay.judge()
    again = reopened(desk, one, folder)
    again.work()
    assert again.heads() == ["警告 报警 客服问答 p95"]


def test_a_message_that_was_being_written_is_told_once_after_a_kill(desk, tmp_path):
    folder = tmp_path / "state"
    one = desk(flow("poem", P95), state=folder)
    one.says("p95", "WARN", 0)
    one.relay.judge()

    def die(_notice):
        raise Killed

    one.relay._look = die
    with pytest.raises(Killed):
        one.relay.deliver()
    again = reopened(desk, one, folder)
    again.work()
    assert again.heads() == ["警告 报警 客服问答 p95"]
    assert "可能重复" not in again.posts["robot"].taken[0]


@pytest.mark.parametrize("arrived", [False, True])
def test_a_message_of_which_nobody_knows_whether_it_arrived_says_that_it_may_be_a_repeat(desk, tmp_path, arrived):
    folder = tmp_path / "state"
    one = desk(flow("poem", P95), state=folder)
    one.posts["robot"].verdicts = [Killed("arrived")] if arrived else [Killed()]
    one.says("p95", "WARN", 0)
    one.relay.judge()
    with pytest.raises(Killed):
        one.relay.deliver()
    again = reopened(desk, one, folder)
    again.work(2)
    assert again.heads() == ["警告 报警 客服问答 p95"] * (2 if arrived else 1)
    assert again.posts["robot"].taken[-1].endswith("消息 1 (可能重复)")


def test_a_message_that_was_taken_is_not_sent_again(desk, tmp_path):
    folder = tmp_path / "state"
    one = desk(flow("poem", P95), state=folder)
    one.says("p95", "WARN", 0)
    one.work()
    again = reopened(desk, one, folder)
    again.says("p95", "WARN", 0)
    again.work()
    assert again.heads() == ["警告 报警 客服问答 p95"]


def test_a_recovery_after_a_kill_is_told_to_whom_the_alarm_was(desk, tmp_path):
    folder = tmp_path / "state"
    one = desk(flow("poem", P95), state=folder)
    one.says("p95", "WARN", 0)
    one.work()
    again = reopened(desk, one, folder)
    again.says("p95", "OK", 5)
    again.work()
    assert again.heads() == ["警告 报警 客服问答 p95", "恢复 客服问答 p95"]


def test_a_lost_answer_is_followed_by_one_marked_repeat(desk):
    one = desk()
    one.posts["robot"].verdicts = [Verdict(Fate.UNSURE, "no answer")]
    one.says("p95", "WARN", 0)
    one.work()
    assert len(one.heads()) == 1
    one.work(0.1)
    assert [text.endswith("(可能重复)") for text in one.posts["robot"].taken] == [False, True]


def test_a_second_relay_on_one_state_is_refused(tmp_path):
    first = Store(tmp_path)
    with pytest.raises(StoreError, match="another relay works on"):
        Store(tmp_path)
    first.close()
    Store(tmp_path).close()


def test_a_state_from_a_newer_version_is_refused(tmp_path):
    first = Store(tmp_path)
    first.db.execute("PRAGMA user_version=99")
    first.close()
    with pytest.raises(StoreError, match="from a newer flowvigil"):
        Store(tmp_path)


def test_a_state_that_another_process_holds_is_refused(tmp_path):
    Store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="cannot be used: database is locked"):
            Store(tmp_path, wait_s=0)


def test_a_state_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "relay.db").write_bytes(b"no database at all, but long enough to be read as a header of one" * 20)
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path)


def test_what_is_old_and_done_is_forgotten_and_what_waits_is_not(desk):
    one = desk()
    one.posts["robot"].verdicts = [Verdict(Fate.REFUSED, "310000")]
    one.says("slow_streak", "CRITICAL", 0, value="3")
    one.work()
    one.relay.store.forget(one.clock + 40 * 86_400_000)
    assert one.relay.sender.waiting()[0] == 1
    assert one.relay.store.audit(0) == []
    assert one.relay.accept(form(ruleId="poem-p95")) is True
