"""The queries, run by SQLite on events written by hand: what each one says about them."""

from __future__ import annotations

import math
import sqlite3

import pytest

from flowvigil.provisioner import alert_queries, queries
from flowvigil.provisioner.monitor import Hours

NOW = 1_700_000_000  # a Tuesday, 22:13:20 UTC
EVENTS = "run"


@pytest.fixture
def log():
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE log (flow, version, run_id, status, duration_ms, weight, __time__, ended_us)")
    base.create_function("now", 0, lambda: NOW)
    base.create_function("to_unixtime", 1, lambda value: value)
    base.create_function("sqrt", 1, math.sqrt)
    base.create_function("floor", 1, math.floor)
    return base


def add(log, *events, flow="poem", version="v1", ago=30):
    """Events are (status, duration_ms) or (status, duration_ms, weight), a second apart, the last `ago` seconds ago."""
    for number, (status, duration, *weight) in enumerate(events):
        at = NOW - ago - len(events) + number + 1
        row = (flow, version, f"r{number:03}", status, duration, *(weight or [1]), at, at * 1_000_000)
        log.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def add_in_one_second(log, *events):
    """Events are (status, run id, microsecond within the second or None)."""
    for status, run_id, micro in events:
        ended_us = None if micro is None else (NOW - 30) * 1_000_000 + micro
        row = ("poem", "v1", run_id, status, 1, 1, NOW - 30, ended_us)
        log.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def run(log, query):
    text = query.partition(" | ")[2]
    if "FROM log" not in text:
        text = text.replace(" GROUP BY", " FROM log GROUP BY", 1)
    return log.execute(text).fetchall()


def test_cancelled_runs_count_neither_as_failed_nor_as_judged(log):
    add(log, ("succeeded", 1), ("failed", 1), ("timed_out", 1), ("cancelled", 1), ("succeeded", 1, 2))
    assert run(log, alert_queries.failure_rate(EVENTS, 5)) == [("poem", 40.0)]


def test_too_few_runs_give_no_failure_rate(log):
    add(log, ("failed", 1), ("cancelled", 1))
    assert run(log, alert_queries.failure_rate(EVENTS, 2)) == []


def test_a_slow_streak_is_the_longest_row_over_the_limit(log):
    slow, fast = ("succeeded", 6000), ("succeeded", 100)
    add(log, slow, slow, fast, slow, ("failed", 7000), slow, fast, slow)
    assert run(log, alert_queries.slow_streak(EVENTS, 5000, 60)) == [("poem", 3)]


def test_a_cancelled_run_joins_a_slow_streak_only_when_it_was_slow_already(log):
    slow = ("succeeded", 6000)
    add(log, slow, ("cancelled", 10), slow, ("cancelled", 9000))
    assert run(log, alert_queries.slow_streak(EVENTS, 5000, 60)) == [("poem", 3)]


def test_a_cancelled_run_leaves_a_failure_streak_alone(log):
    add(log, ("failed", 1), ("cancelled", 1), ("timed_out", 1), ("succeeded", 1), ("failed", 1))
    assert run(log, alert_queries.failure_streak(EVENTS, 60)) == [("poem", 2)]


def test_runs_of_one_second_are_in_order_of_completion_whatever_their_ids(log):
    add_in_one_second(
        log, ("failed", "d", 9), ("failed", "c", 10), ("succeeded", "a", 100_000), ("failed", "b", 999_999)
    )
    assert run(log, alert_queries.failure_streak(EVENTS, 60)) == [("poem", 2)]


def test_runs_that_do_not_tell_the_microsecond_are_in_the_order_of_their_ids(log):
    told = [("failed", "a"), ("failed", "d"), ("failed", "b"), ("succeeded", "c")]
    add_in_one_second(log, *((*one, None) for one in told))
    assert run(log, alert_queries.failure_streak(EVENTS, 60)) == [("poem", 2)]


@pytest.mark.parametrize(("ago", "rows"), [(120, [("poem", 2)]), (121, [])])
def test_a_streak_is_told_while_its_last_run_is_at_most_a_window_and_a_minute_old(log, ago, rows):
    add(log, ("failed", 1), ("failed", 1), ago=ago)
    assert run(log, alert_queries.failure_streak(EVENTS, 60)) == rows


@pytest.mark.parametrize(
    ("hours", "open_"),
    [
        (Hours((2,), 22 * 60, 23 * 60, "+0000"), True),
        (Hours((1, 3), 22 * 60, 23 * 60, "+0000"), False),
        (Hours((2,), 9 * 60, 18 * 60, "+0000"), False),
        (Hours((3,), 6 * 60, 7 * 60, "+0800"), True),
        (Hours((2,), 17 * 60, 18 * 60, "-0500"), True),
    ],
)
def test_hours_are_judged_in_their_own_zone(log, hours, open_):
    add(log, ("failed", 1))
    assert bool(run(log, alert_queries.failure_rate(EVENTS, 1, hours))) is open_


def test_versions_are_compared_by_p95_and_the_ranks_around_it(log):
    """400 runs of 1 to 400 ms: rank 380, and 1.96 * sqrt(400 * 0.95 * 0.05) = 8.54 ranks to either side."""
    add(log, *(("succeeded", duration) for duration in range(1, 401)))
    assert run(log, queries.version_comparison(EVENTS)) == [("poem", "v1", 400, 380, 372, 389)]


def test_few_runs_leave_the_upper_end_open(log):
    add(log, *(("succeeded", duration) for duration in range(1, 21)))
    ((_, _, runs, p95, low, high),) = run(log, queries.version_comparison(EVENTS))
    assert (runs, p95, low, high) == (20, 19, 18, None)


def test_weights_stand_for_runs_in_a_comparison(log):
    """One event of weight 19 and one of weight 1: rank 19 of 20 is the fast one, whatever the events' number."""
    add(log, ("succeeded", 100, 19), ("succeeded", 900, 1))
    ((_, _, runs, p95, *_),) = run(log, queries.version_comparison(EVENTS))
    assert (runs, p95) == (20, 100)
