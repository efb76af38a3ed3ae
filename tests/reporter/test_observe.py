"""What the decorator and the block record, and what they leave alone."""

import asyncio
import contextlib
import functools
import inspect
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import flowvigil
from flowvigil.reporter.outcome import outcome
from flowvigil.testing import Captured, Settings, capture


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Captured]:
    monkeypatch.setenv("FLOWVIGIL_ENV", "test")
    with capture(settings) as captured:
        yield captured


def ends(seen: Captured) -> list[str]:
    return [run["status"] for run in seen.runs]


def test_a_function_is_one_run_named_after_itself(seen: Captured) -> None:
    @flowvigil.observe
    def write_poem(topic: str, *, lines: int) -> str:
        return topic * lines

    assert write_poem("ab", lines=2) == "abab"
    assert [(run["flow"], run["status"]) for run in seen.runs] == [("write-poem", "succeeded")]


def test_a_wrapped_function_keeps_its_name_and_signature(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    def write(topic: str) -> str:
        """Write."""
        return topic

    assert (write.__name__, write.__doc__) == ("write", "Write.")
    assert write.__wrapped__.__annotations__["topic"] is str


def bare(a, b=2, /, c=3, *rest, d, e=5, **more): ...
def taken(_start, len, *, _items=1): ...  # noqa: A002 - a name that the wrapper uses too
def many(a, /, *, b): ...


@pytest.mark.parametrize("function", [bare, taken, many])
@pytest.mark.parametrize("wait", [False, True])
def test_any_parameters_are_passed_on_as_they_were_given(seen: Captured, function: Callable, wait: bool) -> None:
    calls = [
        ((1,), {"d": 4}),
        ((1, 7, 8, 9, 10), {"d": 4, "e": 6, "f": 7}),
        ((1, 2), {}),
        ((1,), {"b": 2}),
        ((), {"a": 1, "b": 2}),
        ((), {}),
    ]
    got: list[object] = []

    def same(source: str) -> Callable:
        scope: dict[str, Any] = {"got": got}
        declared = str(inspect.signature(function))
        exec(f"{source} {function.__name__}{declared}:\n    got.append(locals())", scope)
        return scope[function.__name__]

    plain, wrapped = same("def"), same("async def" if wait else "def")
    observed = flowvigil.observe(name="poem")(wrapped)
    for args, kwargs in calls:
        outcomes = []
        for call in (plain, observed):
            got.clear()
            try:
                made = call(*args, **kwargs)
                if inspect.iscoroutine(made):
                    asyncio.run(made)
            except TypeError as error:
                got.append(str(error))
            outcomes.append(list(got))
        assert outcomes[0] == outcomes[1]


def test_a_call_that_python_refuses_is_no_run(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    def write(topic: str) -> None: ...

    with pytest.raises(TypeError, match="missing 1 required positional argument: 'topic'"):
        write()
    assert ends(seen) == []


def test_a_default_is_the_very_object_of_the_function(seen: Captured) -> None:
    unique = object()

    @flowvigil.observe(name="poem")
    def write(topic: object = unique, *, lines: object = unique) -> tuple[object, object]:
        return topic, lines

    assert all(one is unique for one in write())


def test_a_name_may_be_the_only_argument(seen: Captured) -> None:
    @flowvigil.observe("poem")
    def write() -> None: ...

    write()
    assert seen.runs[0]["flow"] == "poem"


def test_an_exception_passes_unchanged_and_fails_the_run(seen: Captured) -> None:
    boom = ZeroDivisionError("text")

    @flowvigil.observe(name="poem")
    def write() -> None:
        raise boom

    with pytest.raises(ZeroDivisionError) as caught:
        write()
    assert caught.value is boom
    assert boom.__context__ is None
    frames = [frame.name for frame in traceback.extract_tb(boom.__traceback__)]
    assert frames[-1] == "write"
    assert (seen.runs[0]["status"], seen.runs[0]["error_type"]) == ("failed", "ZeroDivisionError")


def test_the_text_of_an_error_is_never_reported(seen: Captured) -> None:
    with pytest.raises(ValueError, match="prompt"), flowvigil.flow("poem"):
        raise ValueError("secret prompt")
    assert "secret" not in str(seen.runs)


HTTPX_TIMEOUT = type("ReadTimeout", (type("TimeoutException", (Exception,), {}),), {})


@pytest.mark.parametrize("error", [TimeoutError(), asyncio.TimeoutError(), HTTPX_TIMEOUT()])
def test_a_timeout_is_told_by_its_class(seen: Captured, error: Exception) -> None:
    with pytest.raises(type(error)), flowvigil.flow("poem"):
        raise error
    assert ends(seen) == ["timed_out"]


TIMED_OUT = (
    "Timeout TimeoutError TimeoutException TimeoutExpired APITimeoutError DeadlineExceeded SoftTimeLimitExceeded"
)
CANCELLED = "Cancelled CancelledError GreenletExit GraphBubbleUp GraphInterrupt NodeInterrupt"


@pytest.mark.parametrize("name", TIMED_OUT.split() + CANCELLED.split())
def test_the_kin_of_a_timeout_and_of_a_cancellation_are_told_by_name_and_by_what_they_derive_from(name: str) -> None:
    """As asyncio, httpx, requests, gevent, subprocess, openai, celery, google.api_core, trio, LangGraph say."""
    kin = type(name, (Exception,), {})
    expected = "timed_out" if name in TIMED_OUT.split() else "cancelled"
    assert [outcome(kin()), outcome(type("Mine", (kin,), {})())] == [expected] * 2


@pytest.mark.parametrize(
    "error",
    [asyncio.CancelledError(), GeneratorExit(), KeyboardInterrupt(), type("GraphInterrupt", (Exception,), {})()],
)
def test_what_was_given_up_or_paused_is_cancelled(seen: Captured, error: BaseException) -> None:
    with pytest.raises(type(error)), flowvigil.flow("poem"):
        raise error
    assert ends(seen) == ["cancelled"]
    assert "error_type" not in seen.runs[0]


@pytest.mark.parametrize(("code", "status"), [(None, "succeeded"), (0, "succeeded"), (3, "failed")])
def test_sys_exit_ends_a_run_by_its_code(seen: Captured, code: object, status: str) -> None:
    with pytest.raises(SystemExit), flowvigil.flow("poem"):
        sys.exit(code)
    assert ends(seen) == [status]


def test_a_group_of_one_kind_ends_as_that_kind(seen: Captured) -> None:
    group = type("Group", (Exception,), {"exceptions": (), "subgroup": None})
    for members in ((TimeoutError(), TimeoutError()), (TimeoutError(), KeyError())):
        error = group()
        error.exceptions = members
        with pytest.raises(group), flowvigil.flow("poem"):
            raise error
    assert ends(seen) == ["timed_out", "failed"]


def test_a_coroutine_is_measured_until_it_returns(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    async def write() -> int:
        await asyncio.sleep(0.02)
        return 7

    assert asyncio.run(write()) == 7
    assert float(seen.runs[0]["duration_ms"]) >= 19


def test_a_cancelled_task_is_a_cancelled_run(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    async def write() -> None:
        await asyncio.sleep(10)

    async def main() -> None:
        task = asyncio.create_task(write())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ends(seen) == ["cancelled"]


def test_a_generator_is_one_run_until_exhausted(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    def stream() -> Iterator[int]:
        got = yield 1
        yield got
        return 9

    steps = stream()
    assert (next(steps), steps.send(5)) == (1, 5)
    assert ends(seen) == []
    with pytest.raises(StopIteration) as stop:
        next(steps)
    assert stop.value.value == 9
    assert ends(seen) == ["succeeded"]


def test_a_generator_closed_early_is_cancelled_and_closes_what_it_wraps(seen: Captured) -> None:
    closed = []

    @flowvigil.observe(name="poem")
    def stream() -> Iterator[int]:
        try:
            yield 1
        finally:
            closed.append(True)

    steps = stream()
    next(steps)
    steps.close()
    assert closed == [True]
    assert ends(seen) == ["cancelled"]


def test_an_exception_thrown_into_a_generator_reaches_it(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    def stream() -> Iterator[str]:
        try:
            yield "a"
        except KeyError:
            yield "caught"

    steps = stream()
    next(steps)
    assert steps.throw(KeyError()) == "caught"
    assert list(steps) == []
    assert ends(seen) == ["succeeded"]


def test_an_async_generator_is_one_run_until_exhausted(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    async def stream() -> AsyncIterator[int]:
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    async def main() -> list[int]:
        return [number async for number in stream()]

    assert asyncio.run(main()) == [0, 1, 2]
    assert ends(seen) == ["succeeded"]


def test_an_async_generator_that_fails_fails_the_run(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    async def stream() -> AsyncIterator[int]:
        yield 1
        raise OSError("x")

    async def main() -> None:
        async for _ in stream():
            pass

    with pytest.raises(OSError, match="x"):
        asyncio.run(main())
    assert ends(seen) == ["failed"]


def test_an_abandoned_async_stream_is_cancelled(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    async def stream() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def main() -> None:
        steps = stream()
        await steps.__anext__()
        await steps.aclose()

    asyncio.run(main())
    assert ends(seen) == ["cancelled"]


def echoing(closed: list[bool]) -> Callable[[], Any]:
    @flowvigil.observe(name="poem")
    async def stream() -> AsyncIterator[object]:
        try:
            yield (yield "first")
        except KeyError:
            yield "caught"
        finally:
            closed.append(True)

    return stream


@pytest.mark.parametrize("outer", ["outer", None])
def test_what_is_sent_or_thrown_into_an_async_stream_reaches_it_nested_or_not(seen: Captured, outer: str) -> None:
    closed: list[bool] = []

    async def main() -> None:
        with flowvigil.flow(outer) if outer else contextlib.nullcontext():
            sent, thrown, left = (echoing(closed)() for _ in range(3))
            assert [await anext(sent), await sent.asend(5)] == ["first", 5]
            assert [await anext(thrown), await thrown.athrow(KeyError())] == ["first", "caught"]
            await anext(left)
            await left.aclose()
            assert closed == [True]
            await sent.aclose()
            await thrown.aclose()

    asyncio.run(main())
    assert closed == [True] * 3
    assert [run["flow"] for run in seen.runs] == (["outer"] if outer else ["poem"] * 3)


def test_between_the_steps_of_a_stream_its_caller_is_not_inside_the_run(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    def stream() -> Iterator[object]:
        yield flowvigil.current_run()

    steps = stream()
    assert next(steps) is not None
    assert flowvigil.current_run() is None
    steps.close()


def test_a_partial_of_a_coroutine_function_is_measured_to_its_end(seen: Captured) -> None:
    async def write(lines: int) -> int:
        await asyncio.sleep(0.01)
        return lines

    observed = flowvigil.observe(functools.partial(write, 3))
    assert asyncio.run(observed()) == 3
    assert float(seen.runs[0]["duration_ms"]) >= 9


def test_methods_and_static_methods_are_measured(seen: Captured) -> None:
    class Poet:
        @flowvigil.observe
        def write(self) -> str:
            return "a"

        @staticmethod
        @flowvigil.observe
        def sing() -> str:
            return "b"

    assert Poet().write() + Poet.sing() == "ab"
    assert sorted(run["flow"] for run in seen.runs) == ["sing", "write"]


def test_observing_what_cannot_be_called_says_what_would_be_right(seen: Captured) -> None:
    with pytest.raises(TypeError, match="below @classmethod"):
        flowvigil.observe(classmethod(print))


def test_a_recursive_function_is_one_run(seen: Captured) -> None:
    @flowvigil.observe(name="poem")
    def count(depth: int) -> int:
        return depth and 1 + count(depth - 1)

    assert count(5) == 5
    assert ends(seen) == ["succeeded"]
