"""Streaks by order of completion; expectations come from reading the definition run by run."""

import random

import pytest

from flowvigil.reporter.streak import Streak


def slow() -> Streak:
    return Streak(5000.0)


def test_three_slow_runs_in_a_row_are_a_streak_of_three() -> None:
    streak = slow()
    streak.succeeded([1.0, 6000.0, 6000.0, 6000.0])
    assert (streak.open, streak.longest) == (3, 3)


def test_a_limit_without_a_decimal_point_counts_all_the_same() -> None:
    streak = Streak(5000)
    streak.succeeded([1.0, 6000.0, 6000.0])
    assert (streak.open, streak.longest) == (2, 2)


def test_a_run_exactly_at_the_limit_is_not_slow() -> None:
    streak = slow()
    streak.succeeded([6000.0, 5000.0])
    assert (streak.open, streak.longest) == (0, 1)


def test_the_longest_streak_is_kept_when_a_later_one_is_shorter() -> None:
    streak = slow()
    streak.succeeded([6000.0] * 4 + [1.0] + [6000.0] * 2)
    assert (streak.open, streak.longest) == (2, 4)


def test_a_streak_goes_on_over_chunks_and_windows() -> None:
    streak = slow()
    streak.succeeded([6000.0, 6000.0])
    streak.turn()
    assert streak.longest == 2
    streak.succeeded([6000.0])
    assert (streak.open, streak.longest) == (3, 3)


def test_an_idle_window_repeats_the_open_streak_and_forgets_the_longest() -> None:
    streak = slow()
    streak.succeeded([6000.0] * 5 + [1.0, 6000.0])
    streak.turn()
    assert streak.longest == 1
    streak.turn()
    assert streak.longest == 1


@pytest.mark.parametrize(
    ("status", "duration_ms", "left"),
    [
        ("failed", 6000, 3),
        ("timed_out", 6000, 3),
        ("cancelled", 6000, 3),
        ("failed", 5000, 0),
        ("failed", 10, 0),
        ("cancelled", 10, 2),
    ],
)
def test_how_runs_with_another_end_change_a_slow_streak(status: str, duration_ms: float, left: int) -> None:
    streak = slow()
    streak.succeeded([6000.0, 6000.0])
    streak.ended([status], [duration_ms])
    assert streak.open == left


@pytest.mark.parametrize(("status", "left"), [("failed", 3), ("timed_out", 3), ("cancelled", 2), ("succeeded", 0)])
def test_how_each_end_changes_a_failure_streak(status: str, left: int) -> None:
    streak = Streak(None)
    streak.ended(["failed"], [1.0])
    streak.ended(["timed_out"], [1.0])
    streak.ended([status], [1.0])
    assert streak.open == left


def test_plain_successes_end_a_failure_streak_and_keep_its_length_for_the_window() -> None:
    streak = Streak(None)
    streak.ended(["failed"], [1.0])
    streak.succeeded([1.0])
    assert (streak.open, streak.longest) == (0, 1)


def test_any_split_into_chunks_gives_the_same_streak() -> None:
    rng = random.Random(3)
    runs = [rng.choice((10.0, 6000.0)) for _ in range(500)]
    open_, longest = 0, 0
    for run in runs:
        open_ = open_ + 1 if run > 5000 else 0
        longest = max(longest, open_)
    streak, rest = slow(), runs
    while rest:
        size = rng.randint(1, 9)
        streak.succeeded(rest[:size])
        rest = rest[size:]
    assert (streak.open, streak.longest) == (open_, longest)
