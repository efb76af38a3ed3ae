"""Blocks, nesting, what code inside a run may say about it, and a terminating signal."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

import flowvigil
from flowvigil.reporter.recording import RECORDER
from flowvigil.testing import Captured, FlowSettings, Settings, capture


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Captured]:
    monkeypatch.setenv("FLOWVIGIL_ENV", "test")
    flows = (FlowSettings("poem", dimensions={"tier": ("free", "paid")}),)
    with capture(Settings("svc", "cn-test", flows=flows)) as captured:
        yield captured


def test_a_block_that_is_left_normally_succeeds(seen: Captured) -> None:
    with flowvigil.flow("poem"):
        pass
    assert [run["status"] for run in seen.runs] == ["succeeded"]


def test_a_block_works_in_coroutines(seen: Captured) -> None:
    async def main() -> None:
        async with flowvigil.flow("poem") as run:
            run.mark_failed(KeyError("x"))

    asyncio.run(main())
    assert (seen.runs[0]["status"], seen.runs[0]["error_type"]) == ("failed", "KeyError")


def test_a_run_can_be_marked_timed_out_or_cancelled(seen: Captured) -> None:
    with flowvigil.flow("poem") as run:
        run.mark_timed_out()
    with flowvigil.flow("poem") as run:
        run.mark_cancelled()
    assert [run["status"] for run in seen.runs] == ["timed_out", "cancelled"]


def test_an_exception_overrules_a_mark(seen: Captured) -> None:
    def write() -> None:
        with flowvigil.flow("poem") as run:
            run.mark_timed_out()
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert seen.runs[0]["status"] == "failed"


@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit, KeyboardInterrupt])
def test_a_cancellation_does_not_hide_a_failure_that_was_told_before(seen: Captured, error: type) -> None:
    def write(told: str) -> None:
        with flowvigil.flow("poem") as run:
            getattr(run, told)("Refused")
            raise error

    for told in ("mark_failed", "mark_timed_out"):
        with pytest.raises(error):
            write(told)
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [
        ("failed", "Refused"),
        ("timed_out", "Refused"),
    ]


def test_what_has_failed_is_not_called_cancelled_afterwards(seen: Captured) -> None:
    with flowvigil.flow("poem") as run:
        run.mark_failed("Refused")
        run.mark_cancelled()
    assert (seen.runs[0]["status"], seen.runs[0]["error_type"]) == ("failed", "Refused")


def test_version_and_declared_dimensions_are_reported(seen: Captured) -> None:
    with flowvigil.flow("poem") as run:
        run.set(version="1.4", tier="paid")
    assert (seen.runs[0]["version"], seen.runs[0]["tier"]) == ("1.4", "paid")


def test_a_value_outside_the_declared_list_becomes_other(seen: Captured) -> None:
    with flowvigil.flow("poem") as run:
        run.set(tier="user-4711")
    assert seen.runs[0]["tier"] == "other"


def test_an_undeclared_dimension_is_dropped_and_counted(seen: Captured) -> None:
    with flowvigil.flow("poem") as run:
        run.set(user="4711")
    assert "user" not in seen.runs[0]
    assert seen.reporter.dropped["undeclared_dimension"] == 1


def test_a_run_that_was_asked_for_its_id_reports_that_id(seen: Captured) -> None:
    with flowvigil.flow("poem") as run:
        told = run.id
    assert len(told) == 32
    assert seen.runs[0]["run_id"] == told


def test_every_run_has_an_id_of_its_own_and_ids_sort_by_completion(seen: Captured) -> None:
    for duration in range(50):
        flowvigil.record("poem", duration)
    runs = seen.runs
    by_id = sorted(runs, key=lambda run: run["run_id"])
    assert [run["duration_ms"] for run in by_id] == [f"{duration}.000" for duration in range(50)]
    assert len({run["run_id"] for run in runs}) == 50


def test_inside_a_decorated_function_the_run_can_be_reached(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    def write() -> None:
        flowvigil.current_run().mark_failed("Refused")

    write()
    assert (seen.runs[0]["status"], seen.runs[0]["error_type"]) == ("failed", "Refused")


def test_a_nested_run_belongs_to_the_outer_flow(seen: Captured) -> None:
    @flowvigil.observe(name="inner")
    def inner() -> None:
        flowvigil.current_run().set(version="2")

    with flowvigil.flow("outer"), flowvigil.flow("middle"):
        inner()
    assert [(run["flow"], run["version"]) for run in seen.runs] == [("outer", "2")]


def test_a_nested_failure_that_the_outer_run_survives_fails_nothing(seen: Captured) -> None:
    with flowvigil.flow("outer"), pytest.raises(KeyError), flowvigil.flow("inner"):
        raise KeyError
    assert [run["status"] for run in seen.runs] == ["succeeded"]


def test_root_makes_a_nested_run_a_run_of_its_own(seen: Captured) -> None:
    @flowvigil.observe(name="inner", root=True)
    def inner() -> None: ...

    with flowvigil.flow("outer"):
        inner()
    assert {run["flow"] for run in seen.runs} == {"inner", "outer"}


def block() -> None:
    with flowvigil.flow("side", root=True):
        pass


def function() -> None:
    flowvigil.observe(name="side", root=True)(lambda: None)()


def failure() -> None:
    with pytest.raises(KeyError):
        flowvigil.observe(name="side", root=True)({}.__getitem__)(1)


def coroutine() -> None:
    @flowvigil.observe(name="side", root=True)
    async def later() -> None: ...

    with pytest.raises(StopIteration):
        later().send(None)


@pytest.mark.parametrize("side", [block, function, failure, coroutine])
def test_after_a_run_of_its_own_code_belongs_to_the_outer_flow_again(seen: Captured, side: Callable[[], None]) -> None:
    with flowvigil.flow("outer") as outer:
        side()
        assert flowvigil.current_run() is outer
        with flowvigil.flow("middle"):
            pass
    assert sorted(run["flow"] for run in seen.runs) == ["outer", "side"]


def test_a_task_that_outlives_its_run_starts_runs_of_its_own(seen: Captured) -> None:
    async def late() -> None:
        await asyncio.sleep(0.01)
        with flowvigil.flow("late"):
            pass

    async def main() -> None:
        with flowvigil.flow("outer"):
            task = asyncio.create_task(late())
        await task

    asyncio.run(main())
    assert sorted(run["flow"] for run in seen.runs) == ["late", "outer"]


def test_runs_of_concurrent_tasks_do_not_nest(seen: Captured) -> None:
    async def one() -> None:
        with flowvigil.flow("poem"):
            await asyncio.sleep(0.005)

    async def main() -> None:
        await asyncio.gather(*(one() for _ in range(20)))

    asyncio.run(main())
    assert len(seen.runs) == 20


def test_runs_of_threads_do_not_nest_unless_the_context_is_handed_over(seen: Captured) -> None:
    def one() -> None:
        with flowvigil.flow("thread"):
            pass

    with flowvigil.flow("outer"):
        inside = contextvars.copy_context()
        for target in (one, lambda: inside.run(one)):
            thread = Thread(target=target)
            thread.start()
            thread.join()
    assert sorted(run["flow"] for run in seen.runs) == ["outer", "thread"]


def test_open_runs_are_cancelled_once_and_their_later_end_is_ignored(seen: Captured) -> None:
    @flowvigil.observe(name="third", root=True)
    def third() -> None:
        assert RECORDER.cancel_open() == 3
        assert RECORDER.cancel_open() == 0

    with flowvigil.flow("first"), flowvigil.flow("second", root=True):
        third()
    assert {(run["flow"], run["status"]) for run in seen.runs} == {
        (flow, "cancelled") for flow in ("first", "second", "third")
    }
    assert len(seen.runs) == 3


def test_an_open_run_is_reported_at_a_sigterm_with_what_it_was_told(seen: Captured) -> None:
    with flowvigil.flow("poem") as run, flowvigil.flow("refused", root=True) as refused:
        run.set(version="1.4")
        refused.mark_failed("Refused")
        told = run.id
        RECORDER.cancel_open()
    assert sorted((one["flow"], one["status"], one.get("error_type")) for one in seen.runs) == [
        ("poem", "cancelled", None),
        ("refused", "failed", "Refused"),
    ]
    assert [(one["run_id"], one["version"]) for one in seen.runs if one["flow"] == "poem"] == [(told, "1.4")]


def test_a_block_that_is_used_again_knows_nothing_of_its_last_run(seen: Captured) -> None:
    block = flowvigil.flow("poem")
    with block:
        block.mark_failed("Refused")
    with block:
        pass
    assert [run["status"] for run in seen.runs] == ["failed", "succeeded"]


def test_each_use_of_a_block_has_an_id_of_its_own_which_stays_after_its_end(seen: Captured) -> None:
    block, ids = flowvigil.flow("poem"), []
    for _ in range(2):
        with block:
            ids.append(block.id)
        assert block.id == ids[-1]
    assert [run["run_id"] for run in seen.runs] == ids
    assert ids[0] != ids[1]


def test_what_a_block_is_told_before_its_first_use_is_of_that_run_alone(seen: Captured) -> None:
    block = flowvigil.flow("poem")
    block.set(version="1.4")
    for _ in range(2):
        with block:
            pass
    assert [run.get("version") for run in seen.runs] == ["1.4", None]


def test_what_a_block_is_told_after_a_run_is_of_none(seen: Captured) -> None:
    block = flowvigil.flow("poem")
    for _ in range(2):
        with block:
            pass
        block.mark_failed("late")
    assert [run["status"] for run in seen.runs] == ["succeeded", "succeeded"]


def test_a_block_can_be_used_again(seen: Captured) -> None:
    block = flowvigil.flow("poem")
    for _ in range(2):
        with block:
            pass
    assert len(seen.runs) == 2


def test_the_articles_function_reports_a_run(seen: Captured) -> None:
    flowvigil.send_llm_flow_metric("poem", 812.5)
    flowvigil.send_llm_flow_metric("poem", 10.0, success=False)
    assert [(run["duration_ms"], run["status"]) for run in seen.runs] == [
        ("812.500", "succeeded"),
        ("10.000", "failed"),
    ]


def test_a_handle_reports_succeeded_runs(seen: Captured) -> None:
    done = flowvigil.handle("poem")
    done(3.5)
    done(4.5)
    assert [run["duration_ms"] for run in seen.runs] == ["3.500", "4.500"]
