"""Whatever is recorded, from wherever: never an exception, always a count, at most one log line a kind."""

import gc
import logging
import random
import sys
import threading
from typing import Any

import pytest

import flowvigil
from flowvigil.reporter import notice
from flowvigil.reporter.health import stats
from flowvigil.reporter.recording import FLOWS, HARD, MARK, OTHER, TOTAL, Recorder
from flowvigil.testing import Captured, capture


class Evil:
    def __hash__(self) -> int:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError

    def __float__(self) -> float:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError


def folded(recorder: Recorder, seen: Captured) -> dict[str, Any]:
    seen.end_minute()
    return stats(seen.reporter, seen.clock.now)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), -1.0, "12", "x" * 1000, None, [], Evil(), 1j, 1e300, b"5", {}]
)
def test_a_senseless_duration_is_counted_as_invalid(recorder: Recorder, seen: Captured, value: Any) -> None:
    recorder.record("poem", value)
    recorder.record("poem", value, success=False)
    recorder.record("poem", 1.0)
    books = folded(recorder, seen)
    assert (books["runs_in"], books["runs_folded"], books["runs_dropped"]) == (3, 1, {"invalid": 2})


@pytest.mark.parametrize("name", ["", None, 3, b"poem", Evil(), (), "x" * 10_000_000])
def test_a_senseless_name_is_counted_under_other(recorder: Recorder, seen: Captured, name: Any) -> None:
    recorder.record(name, 1.0)
    books = folded(recorder, seen)
    assert books["runs_in"] == 1
    assert [run["flow"] for run in seen.runs] in ([OTHER], [])


@pytest.mark.parametrize("name", ["诗歌", "a=b&c,d", "x" * 200, "a b\n\x00"])
def test_a_strange_name_is_reported_as_it_is(recorder: Recorder, seen: Captured, name: str) -> None:
    recorder.record(name, 1.0)
    assert seen.runs[0]["flow"] == name


def test_characters_that_utf8_cannot_say_become_question_marks(recorder: Recorder, seen: Captured) -> None:
    recorder.record("a\ud800", 1.0)
    recorder.record("a\ud800", 1.0)
    assert [run["flow"] for run in seen.runs] == ["a?", "a?"]


@pytest.mark.parametrize("extra", [{"success": Evil()}, {"status": "exploded"}, {"version": Evil()}, {"dimensions": 7}])
def test_senseless_details_never_raise(recorder: Recorder, seen: Captured, extra: dict[str, Any]) -> None:
    recorder.record("poem", 1.0, **extra)
    books = folded(recorder, seen)
    assert books["runs_in"] == books["runs_folded"] + sum(books["runs_dropped"].values()) == 1


def test_an_unknown_status_counts_by_success(recorder: Recorder, seen: Captured) -> None:
    recorder.record("poem", 1.0, success=False, status="exploded")
    assert seen.runs[0]["status"] == "failed"


def test_beyond_a_thousand_flows_the_rest_is_other(recorder: Recorder, seen: Captured) -> None:
    for number in range(FLOWS + 50):
        recorder.record(f"flow-{number}", 1.0)
    assert len(recorder.buffers) == FLOWS + 1
    assert len(recorder.buffers[OTHER]) == 50


def test_a_list_that_nobody_empties_stops_growing_and_counts(recorder: Recorder, seen: Captured) -> None:
    recorder.reserve("poem")
    assert recorder.hard == HARD
    recorder.hard = 5000
    for _ in range(5500):
        recorder.record("poem", 1.0)
    assert len(recorder.buffers["poem"]) == 5000
    books = folded(recorder, seen)
    assert (books["runs_folded"], books["runs_dropped"]) == (5000, {"overflow": 500})


def test_all_lists_together_are_bounded(recorder: Recorder) -> None:
    bounds = []
    for number in range(FLOWS):
        recorder.reserve(f"flow-{number}")
        bounds.append(recorder.hard * len(recorder.buffers))
    assert bounds[0] == HARD
    assert max(bounds) == FLOWS * MARK
    assert max(bounds[: TOTAL // MARK]) <= TOTAL
    assert recorder.hard == MARK


def test_a_full_list_asks_for_the_fold_once(recorder: Recorder, seen: Captured) -> None:
    asked: list[bool] = []
    recorder.hurry = lambda: asked.append(True)
    for _ in range(6000):
        recorder.record("poem", 1.0)
    assert asked == [True]


def test_a_garbage_collected_object_may_record(recorder: Recorder, seen: Captured) -> None:
    class Flow:
        def __del__(self) -> None:
            recorder.record("poem", 1.0)

    flow = Flow()
    del flow
    gc.collect()
    assert len(seen.runs) == 1


def test_a_handle_survives_whatever_it_is_given(recorder: Recorder, seen: Captured) -> None:
    done = recorder.handle("poem")
    for value in (1.0, "x", None, (), ("failed",), Evil(), ("failed", 1.0, None, None, None, None, None, 0.0, 7)):
        done(value)  # type: ignore[arg-type]
    books = folded(recorder, seen)
    assert (books["runs_folded"], books["runs_dropped"]) == (2, {"invalid": 5})


class LooksError(Exception):
    """As clients' errors that look attributes up in an answer."""

    __module__ = Evil()

    def __getattr__(self, name: str) -> object:
        return {}[name]


class GroupError(Exception):
    subgroup = None

    @property
    def exceptions(self) -> tuple[Exception, ...]:
        raise RuntimeError


class Nameless(type):
    @property
    def __module__(cls) -> str:
        raise RuntimeError


class NamelessError(Exception, metaclass=Nameless): ...


class Incomparable:
    __hash__ = None

    def __eq__(self, _other: object) -> bool:
        raise RuntimeError


@pytest.mark.parametrize("kind", [LooksError, GroupError, NamelessError, SystemExit])
def test_an_error_that_cannot_be_looked_at_passes_as_it_is_and_fails_its_run(
    monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
) -> None:
    monkeypatch.setenv("FLOWVIGIL_ENV", "test")
    error = kind(Incomparable())

    @flowvigil.observe(name="poem")
    def write() -> None:
        raise error

    def block() -> None:
        with flowvigil.flow("poem"):
            raise error

    with capture() as seen:
        for call in (write, block):
            with pytest.raises(type(error)) as caught:
                call()
            assert caught.value is error
        assert [run["status"] for run in seen.runs] == ["failed", "failed"]


class EvilText(str):
    __slots__ = ()
    __hash__ = Evil.__hash__  # type: ignore[assignment]


@pytest.mark.parametrize("name", [Evil(), EvilText("poem"), None, 5, []])
def test_no_name_keeps_a_block_from_running(name: Any) -> None:
    with capture() as seen:
        with flowvigil.flow(name):
            pass
        assert len(seen.runs) == 1


def test_each_kind_of_trouble_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    notice.forget()
    with caplog.at_level(logging.WARNING, logger="flowvigil"):
        for _ in range(3):
            notice.warn("kind one", "text")
            notice.warn("kind two", "text")
    assert len(caplog.records) == 2


def test_a_log_handler_that_breaks_is_not_the_flows_problem() -> None:
    class Broken(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise RuntimeError

    logger, broken = logging.getLogger("flowvigil"), Broken()
    logger.addHandler(broken)
    notice.forget()
    try:
        notice.warn("kind", "text")
    finally:
        logger.removeHandler(broken)


@pytest.fixture
def _tight() -> Any:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_tight")
def test_eight_threads_against_a_live_fold_lose_nothing(recorder: Recorder, seen: Captured) -> None:
    each = 5_000
    handle = recorder.handle("poem")

    def work(number: int) -> None:
        for count in range(each):
            if count % 50:
                recorder.record("poem", 1.0)
            elif number % 2:
                recorder.record("poem", 1.0, success=False)
            else:
                handle(1.0)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen.reporter.tick(seen.clock.now)
    books = folded(recorder, seen)
    lost = books["runs_dropped"].get("overflow", 0)
    assert books["runs_folded"] + lost == books["runs_in"] == 8 * each
    failed = seen.reporter._flows["poem"].five.failed
    assert failed + lost >= 4 * each // 50


CHEAP = {"list.append", "dict.get", "dict.pop", "ContextVar.get", "ContextVar.set", "perf_counter", "time", "len",
         "isinstance", "getattr", "setprofile"}  # fmt: skip
"""Nothing of these takes a lock, waits, or leaves the process: both clocks are read without the kernel."""


def test_a_caller_calls_nothing_that_locks_waits_or_asks_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWVIGIL_ENV", "test")
    write = flowvigil.observe(name="poem")(lambda: None)
    record, flow = flowvigil.record, flowvigil.flow
    called: set[str] = set()

    def watch(_frame: object, event: str, argument: Any) -> None:
        if event == "c_call":
            called.add(argument.__qualname__)

    with capture() as seen:
        handle = flowvigil.handle("poem")
        gc.disable()  # a collection would call what other tests have left behind
        sys.setprofile(watch)
        try:
            write()
            handle(1.0)
            record("poem", 1.0)
            record("poem", 1.0, success=False, version="2")
            with flow("poem"):
                pass
            with flow("poem") as run:
                run.set(version="2")
                run.mark_failed("Refused")
        finally:
            sys.setprofile(None)
            gc.enable()
        assert len(seen.runs) == 6
    assert called <= CHEAP, called - CHEAP


def walked(events: list[dict[str, str]]) -> tuple[int, int]:
    """The longest row of runs over 5 s, and the one that is open at the end."""
    longest = row = 0
    for event in events:
        row = row + 1 if float(event["duration_ms"]) > 5000 else 0
        longest = max(longest, row)
    return longest, row


@pytest.mark.usefixtures("_tight")
def test_streaks_are_exact_while_threads_record_against_a_live_fold(recorder: Recorder, seen: Captured) -> None:
    """Ids of events sort by completion, so the events tell in which order the runs of all threads ended."""

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(2_000):
            recorder.record("poem", 6000.0 if rng.random() < 0.9 else 1.0, rng.random() < 0.98)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen.reporter.tick(seen.clock.now)
    seen.end_minute()
    events = sorted(seen.runs, key=lambda event: event["run_id"][12:20])
    (slow,) = [point for point in seen.points if point.metric == "m_slow" and point.period_s == 60]
    assert len(events) == 16_000
    assert (slow.highest, slow.last) == walked(events)
