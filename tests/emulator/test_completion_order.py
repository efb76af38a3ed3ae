"""Streaks of many reporters, end to end: runs of one second count in the order in which they ended.

The ids that runs bring along sort otherwise, as those of an application do that asks for `run.id`.
"""

import pytest

from flowvigil.reporter import recording

from ..plan.builders import condition, level
from .reporting import Fleet

STREAK = condition("failure_streak", level("critical", 3))


@pytest.fixture
def fleet(virtual_cloud, monkeypatch):
    cloud = virtual_cloud()
    made = Fleet(cloud, [STREAK], 2, sampling=1)
    made.ticks = iter(range(1, 1000))
    monkeypatch.setattr(recording, "time", lambda: made.now + next(made.ticks) / 1000)
    yield made
    for process in made.processes:
        process.channel.sink.close()


def ended(fleet, *runs):
    """Runs that end one after the other in one second: the process, the status, the id or None for a plain run."""
    fleet.advance(30)
    for process, status, run_id in runs:
        recorder = fleet.processes[process].recorder
        if run_id is None:
            recorder.record("poem", 100.0)
        else:
            told = (status, 100.0, None, run_id, None, None, None, recording.time(), ())
            recorder.put(recorder.admit("poem"), told)
    fleet.advance(30)
    for process in fleet.processes:
        process.end_minute(fleet.now)
    fleet.advance(120)
    return [state for _, _, state in fleet.told()][:1]


def test_a_good_run_between_failures_breaks_their_streak_although_its_id_sorts_first(fleet):
    runs = [(0, "failed", "d"), (0, "failed", "c"), (0, "succeeded", "a"), (0, "failed", "b")]
    assert ended(fleet, *runs) == []


def test_three_failures_in_a_row_fire_although_the_id_of_the_good_run_sorts_between_them(fleet):
    runs = [(0, "failed", "d"), (0, "failed", "c"), (0, "failed", "a"), (0, "succeeded", "b")]
    assert ended(fleet, *runs) == ["Critical"]


def test_a_good_run_that_keeps_no_details_breaks_a_streak_too(fleet):
    runs = [(0, "failed", "d"), (0, "failed", "c"), (0, "succeeded", None), (0, "failed", "b")]
    assert ended(fleet, *runs) == []


def test_a_good_run_of_another_reporter_breaks_a_streak(fleet):
    runs = [(0, "failed", "d"), (1, "failed", "c"), (1, "succeeded", None), (0, "failed", "b")]
    assert ended(fleet, *runs) == []


def test_failures_of_two_reporters_in_a_row_fire_although_a_good_run_came_first(fleet):
    runs = [(1, "succeeded", None), (0, "failed", "d"), (1, "failed", "c"), (0, "failed", "b")]
    assert ended(fleet, *runs) == ["Critical"]
