"""Nobody waits longer than the deadline: neither the one who flushes nor the request that is under way."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from flowvigil.reporter import engine, lifecycle
from flowvigil.reporter.channel import Kind, Verdict
from flowvigil.reporter.engine import ATTEMPT_S, Engine
from flowvigil.reporter.lifecycle import LONGEST_S, Lifecycle
from flowvigil.reporter.options import Options
from flowvigil.reporter.recording import Recorder


class Time:
    """Stands in for the module `time`: seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Deaf:
    """A service that never answers: each attempt takes all the time that it is given."""

    name, entries, batch_bytes, queue = "deaf", 10, 1000, 10

    def __init__(self, clock: Time) -> None:
        self.clock, self.limits = clock, list[float]()

    def deliver(self, _payloads: Sequence[Any], _now: float, timeout_s: float) -> Verdict:
        self.limits.append(round(timeout_s, 6))
        self.clock.now += timeout_s
        return Verdict(Kind.RETRY, "no_answer")

    def close(self) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(engine, "time", clock)
    monkeypatch.setattr(lifecycle, "time", clock)
    return clock


@pytest.fixture
def deaf(clock: Time) -> Deaf:
    return Deaf(clock)


@pytest.fixture
def running(deaf: Deaf) -> Engine:
    recorder = Recorder()
    recorder.live = recorder.plain = True
    made = Engine(recorder, Options(sinks=(), extra_sinks=(deaf,)))
    recorder.record("poem", 5.0)
    made.reporter.tick(deaf.clock.now)
    return made


def test_an_attempt_takes_no_longer_than_what_is_left_of_the_deadline(running: Engine, deaf: Deaf) -> None:
    sender = running._senders[0][1]
    sender._work()
    running.urgent_until = deaf.clock.now + 0.5
    running._senders[0][0].nudge()
    sender._work()
    assert deaf.limits == [ATTEMPT_S, 0.5]


def test_where_no_thread_can_start_sending_ends_at_the_deadline(running: Engine, deaf: Deaf) -> None:
    begun = deaf.clock.now
    running.send_here(begun + 0.5)
    assert deaf.clock.now == pytest.approx(begun + 0.5)
    assert deaf.limits == [0.5]


def test_who_flushes_waits_until_the_deadline_and_no_longer(running: Engine, clock: Time) -> None:
    one = Lifecycle()
    one.engine = running

    def start() -> None:
        for folded in one._flushes:
            folded.set()

    one.folder.start = start  # type: ignore[method-assign] - nobody sends here, as if a request hung
    begun = clock.now
    assert one.flush(0.5) is False
    assert clock.now == pytest.approx(begun + 0.5, abs=0.002)


def test_what_is_left_at_the_deadline_is_dropped_and_counted(running: Engine) -> None:
    running.close("after_shutdown")
    assert running.reporter.routes[0].channel.ledger.dropped == {"after_shutdown": 1}


@pytest.mark.parametrize(
    ("given", "variable", "seconds"),
    [
        (None, None, 2.0),
        (0, "7", 0.0),
        (0.5, None, 0.5),
        (None, "7", 7.0),
        (None, "soon", 2.0),
        (-1, None, 2.0),
        (float("nan"), None, 2.0),
        (float("inf"), None, LONGEST_S),
        ("1e300", None, LONGEST_S),
        ([], None, 2.0),
    ],
)
def test_a_deadline_that_is_no_time_is_two_seconds_and_none_is_longer_than_a_thread_can_wait(
    monkeypatch: pytest.MonkeyPatch, given: object, variable: str | None, seconds: float
) -> None:
    monkeypatch.delenv("FLOWVIGIL_DEADLINE_S", raising=False)
    if variable is not None:
        monkeypatch.setenv("FLOWVIGIL_DEADLINE_S", variable)
    one = Lifecycle()
    one.arguments = {"deadline_s": given}
    assert one.deadline_s() == seconds
    assert LONGEST_S < threading.TIMEOUT_MAX


@pytest.mark.parametrize("timeout", [float("inf"), float("nan"), -1, None, "soon", 1e300, pytest, 10**400])
@pytest.mark.parametrize("call", [lifecycle.flush, lifecycle.shutdown])
def test_who_flushes_for_a_senseless_time_meets_no_exception(
    monkeypatch: pytest.MonkeyPatch, call: Callable[[Any], bool], timeout: Any
) -> None:
    one = Lifecycle()
    monkeypatch.setattr(lifecycle, "LIFECYCLE", one)
    monkeypatch.setattr(lifecycle, "RECORDER", Recorder())
    one.arguments = {"sinks": ()}
    assert call(timeout) in (True, False)
    one.folder.stop()
    assert one.folder._thread
    one.folder._thread.join()  # before the names of this test are the process's own again
