"""What is measured of a machine, and the line that tells how far the work is."""

from __future__ import annotations

import io
import shutil
from types import SimpleNamespace

import pytest

from flowvigil.engine import EngineMissing, machine
from flowvigil.engine.lock import held
from flowvigil.engine.machine import Machine, check, measure
from flowvigil.engine.parts import CLI, PROVIDER
from flowvigil.engine.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def told():
    """A progress line that is not on a terminal, its clock, and what it wrote."""
    out, clock = io.StringIO(), Clock()
    return Progress(out, clock), clock, out


def test_the_disk_that_counts_is_the_one_of_the_folder_even_before_it_exists(tmp_path, monkeypatch):
    free = {tmp_path: 7_500_000_000}
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free[folder]))
    assert measure(tmp_path / "not" / "yet").disk == 7.5


def test_the_memory_is_some_but_no_more_than_the_machine_has(tmp_path):
    assert 0 < measure(tmp_path).memory < 100_000


def test_what_the_system_does_not_say_is_no_obstacle():
    check([CLI, PROVIDER], Machine(memory=None, disk=None))


@pytest.mark.parametrize(
    ("parts", "memory", "disk"), [([CLI], 1.8, 4.0), ([PROVIDER], 6.4, 6.0), ([CLI, PROVIDER], 6.4, 10.0)]
)
def test_exactly_enough_is_enough(parts, memory, disk):
    check(parts, Machine(memory, disk))
    for short in (Machine(memory - 0.1, disk), Machine(memory, disk - 0.1)):
        with pytest.raises(EngineMissing):
            check(parts, short)


def test_gos_caches_are_where_the_user_put_them():
    assert machine.go_folder({"HOME": "/h"}) == machine.Path("/h/.cache")
    assert machine.go_folder({"HOME": "/h", "GOCACHE": "/elsewhere"}) == machine.Path("/elsewhere")


def test_elsewhere_than_on_a_terminal_a_line_comes_every_thirty_seconds(told):
    progress, clock, out = told
    progress.begin("building", "9 min")
    for clock.now in (10.0, 29.9, 30.0, 45.0, 61.0):
        progress.tick()
    progress.end("built")
    assert out.getvalue().splitlines() == [
        "building: 0 s (usually 9 min)",
        "building: 30 s (usually 9 min)",
        "building: 1 min 01 s (usually 9 min)",
        "built after 1 min 01 s",
    ]


def test_on_a_terminal_one_line_is_rewritten():
    out, clock = Terminal(), Clock()
    progress = Progress(out, clock)
    progress.begin("building", "9 min")
    clock.now = 0.5
    progress.tick()
    progress.end("built")
    assert out.getvalue() == (
        "\r\033[Kbuilding: 0 s (usually 9 min)\r\033[Kbuilding: 0 s (usually 9 min)\r\033[Kbuilt after 0 s\n"
    )


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min 00 s"), (725, "12 min 05 s")])
def test_durations_read_as_minutes_and_seconds(seconds, text):
    assert duration(seconds) == text


def test_a_lock_is_free_again_when_its_holder_lets_go(tmp_path):
    waited = []
    for _ in range(2):
        with held(tmp_path, lambda: waited.append(1)):
            pass
    assert waited == []
