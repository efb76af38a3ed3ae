"""The decorator's wrappers for generators: a run lasts from the first step until the stream is exhausted or closed.

The context variable is set around each step only, since a generator shares its caller's context between steps.
"""

from __future__ import annotations

from time import perf_counter as clock

from .recording import RECORDER
from .runs import close

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from typing import Any


def generator(function: Callable[..., Any], flow: str, *, root: bool) -> Callable[..., Any]:
    """Wrap a generator function. Closed early (GeneratorExit), the run is cancelled."""
    items, opened, current = RECORDER.reserve(flow), RECORDER.opened, RECORDER.current
    outer: Any = () if root else opened

    def observed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if current.get() in outer:
            return (yield from function(*args, **kwargs))
        inner = function(*args, **kwargs)
        start = clock()
        opened[start] = items
        step, value = inner.send, None
        try:
            while True:
                token = current.set(start)
                try:
                    produced = step(value)
                except StopIteration as stop:
                    close(opened.pop(start, None), start, None)
                    return stop.value
                finally:
                    current.reset(token)
                try:
                    step, value = inner.send, (yield produced)
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as thrown:
                    step, value = inner.throw, thrown
        except BaseException as error:
            close(opened.pop(start, None), start, error)
            raise

    return observed


def async_generator(function: Callable[..., Any], flow: str, *, root: bool) -> Callable[..., Any]:
    """Wrap an async generator function. Closed early (GeneratorExit) or cancelled, the run is cancelled."""
    items, opened, current = RECORDER.reserve(flow), RECORDER.opened, RECORDER.current
    outer: Any = () if root else opened

    async def observed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner = function(*args, **kwargs)
        start, inside = clock(), current.get()
        if inside not in outer:
            inside, opened[start] = start, items
        step, value = inner.asend, None
        try:
            while True:
                token = current.set(inside)
                try:
                    produced = await step(value)
                except StopAsyncIteration:
                    close(opened.pop(start, None), start, None)
                    return
                finally:
                    current.reset(token)
                try:
                    step, value = inner.asend, (yield produced)
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as thrown:
                    step, value = inner.athrow, thrown
        except BaseException as error:
            close(opened.pop(start, None), start, error)
            raise

    return observed
