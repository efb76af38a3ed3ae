"""What is recorded of runs that LangFlow's tracing service tells of, as it does before 1.12."""

import asyncio

import pytest

from flowvigil.integrations.langflow import tracing
from flowvigil.testing import Captured

from .test_langflow import CLAIMS, ends


async def serve(*, told=True, error=None, component=None, leave=False, inner=False):
    """One run as LangFlow 1.8 to 1.11 tell of it; `leave` ends the task in the middle of a component."""
    tracing.begin("1", "poem - 5b0c", "5b0c", CLAIMS)
    work = tracing.component(None)
    work.__enter__()
    if inner:
        tracing.begin("2", "inner - 6666", "6666", CLAIMS)
        tracing.end(None)
    if leave:
        return
    work.__exit__(type(component) if component else None, component, None)
    if told:
        tracing.end(None)
        tracing.end(error)


async def given_up(run):
    """Cancel a run's task at its first wait."""
    task = asyncio.create_task(run)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ({}, ("succeeded", None)),
        ({"told": False}, ("succeeded", None)),
        ({"inner": True}, ("succeeded", None)),
        ({"leave": True}, ("cancelled", None)),
    ],
)
def test_a_run_that_the_tracing_service_tells_of_is_one_run(seen: Captured, said: dict, end: tuple) -> None:
    asyncio.run(serve(**said))
    assert ends(seen) == [("poem", *end)]


def test_a_run_that_is_begun_twice_before_it_works_is_one_run(seen: Captured) -> None:
    async def run():
        for _ in range(2):
            tracing.begin("1", "poem - 5b0c", "5b0c", CLAIMS)
        with tracing.component(None):
            pass
        tracing.end(None)
        assert ends(seen) == [("poem", "succeeded", None)]

    asyncio.run(run())
    assert len(ends(seen)) == 1


@pytest.mark.parametrize(
    ("raised", "end"),
    [
        (None, ("succeeded", None)),
        (ZeroDivisionError(), ("failed", "ZeroDivisionError")),
        (asyncio.CancelledError(), ("cancelled", None)),
    ],
)
def test_a_run_of_whose_end_nobody_told_is_over_when_its_task_begins_another(
    seen: Captured, raised: BaseException | None, end: tuple
) -> None:
    async def both():
        tracing.begin("1", "poem - 5b0c", "5b0c", CLAIMS)
        work = tracing.component(None)
        work.__enter__()
        work.__exit__(type(raised) if raised else None, raised, None)
        tracing.begin("2", "other - 6666", "6666", CLAIMS)
        tracing.end(None)
        assert ends(seen) == [("poem", *end), ("unmatched", "succeeded", None)]

    asyncio.run(both())
    assert len(ends(seen)) == 2


@pytest.mark.parametrize("told", [True, False])
def test_a_component_that_raised_fails_the_run_that_the_service_calls_a_success(seen: Captured, told: bool) -> None:
    asyncio.run(serve(told=told, component=ZeroDivisionError("canary")))
    assert ends(seen) == [("poem", "failed", "ZeroDivisionError")]
    assert "canary" not in str(seen.runs)


def test_a_task_that_is_cancelled_cancels_its_run(seen: Captured) -> None:
    async def run():
        tracing.begin("1", "poem - 5b0c", "5b0c", CLAIMS)
        await asyncio.sleep(9)

    asyncio.run(given_up(run()))
    assert ends(seen) == [("poem", "cancelled", None)]


@pytest.mark.parametrize("told", [True, False])
def test_a_task_that_is_cancelled_does_not_hide_what_a_component_has_raised(seen: Captured, told: bool) -> None:
    async def beside():
        with tracing.component(None):
            await asyncio.sleep(9)

    async def run():
        tracing.begin("1", "poem - 5b0c", "5b0c", CLAIMS)
        with pytest.raises(ZeroDivisionError), tracing.component(None):
            raise ZeroDivisionError
        await (beside() if told else asyncio.sleep(9))

    asyncio.run(given_up(run()))
    assert ends(seen) == [("poem", "failed", "ZeroDivisionError")]
