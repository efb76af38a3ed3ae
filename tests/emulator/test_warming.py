"""After a start, the columns of kept lines are filled in steps; whoever asks meanwhile finds every line."""

import json
import time

import pytest

from flowvigil.emulator.querying.lines import STEP
from flowvigil.emulator.warming import steps
from flowvigil.emulator.world import world
from tests.emulator.conftest import NOW
from tests.emulator.lines import PROJECT, STORE, index

ACCOUNT = "1000000000000001"
LINES = 2 * STEP + 10


def keep(opened, number=LINES):
    line = json.dumps({"event": "run", "flow": "poem", "status": "succeeded", "duration_ms": "5", "weight": "1"})
    rows = [(ACCOUNT, PROJECT, STORE, NOW // 1000 - 60, line)] * number
    opened.state.db.executemany("INSERT INTO logs VALUES (?,?,?,?,?)", rows)


@pytest.fixture
def folder(tmp_path):
    """A state with more lines than two steps take."""
    opened = world(tmp_path)
    with opened.state.transaction():
        opened.state.put("project", ACCOUNT, PROJECT, {"projectName": PROJECT})
        opened.state.put("logstore", ACCOUNT, f"{PROJECT}/{STORE}", {"logstoreName": STORE})
        opened.state.put("index", ACCOUNT, f"{PROJECT}/{STORE}", index())
        keep(opened)
    opened.close()
    return tmp_path


@pytest.fixture
def restarted(folder):
    opened = world(folder, now=lambda: NOW)
    yield opened
    opened.close()


def asked(opened):
    found = opened.query(ACCOUNT, PROJECT, STORE, "event: run | SELECT count(*)", 0, NOW // 1000)
    return found.rows[0][0]


def in_columns(opened):
    return sum(opened.lines.db.execute(f"SELECT count(*) FROM {one.name}").fetchone()[0]
               for one in opened.lines._tables.values())  # fmt: skip


def test_a_step_takes_in_a_part_of_the_lines_and_all_steps_take_in_all(restarted):
    doing = steps(restarted)
    next(doing)
    next(doing)
    assert in_columns(restarted) == STEP
    list(doing)
    assert in_columns(restarted) == LINES


def test_a_query_between_two_steps_finds_every_line_and_no_line_twice(restarted):
    doing = steps(restarted)
    next(doing)
    next(doing)
    assert asked(restarted) == LINES
    keep(restarted, 7)
    list(doing)
    assert asked(restarted) == LINES + 7


def test_lines_that_were_taken_away_between_two_steps_are_not_found(restarted):
    doing = steps(restarted)
    next(doing)
    next(doing)
    restarted.reset()
    list(doing)
    assert in_columns(restarted) == 0


def test_where_no_lines_are_kept_nothing_is_opened(tmp_path):
    opened = world(tmp_path)
    assert list(steps(opened)) == []
    assert "db" not in vars(opened.lines)
    opened.close()


def test_a_cloud_that_starts_fills_its_columns_without_being_asked(folder, start_cloud):
    cloud = start_cloud(folder=folder)
    until = time.monotonic() + 60
    while not any(one.read == LINES for one in list(cloud.world.lines._tables.values())):
        assert time.monotonic() < until
        time.sleep(0.01)
