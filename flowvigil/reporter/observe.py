"""The decorator. What it wraps behaves as before: same result, same exception, same signature.

Each kind of function has its own wrapper, because a call through a shared one would cost as much as the measuring.
"""

from __future__ import annotations

from functools import wraps
from time import perf_counter as clock

from .recording import MARK, RECORDER
from .runs import close
from .streams import async_generator, generator
from .switch import remember, switched_on

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200  # inspect.CO_*, without importing inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    from .recording import Recorder

    F = TypeVar("F", bound=Callable[..., Any])

    @overload
    def observe(function: F, /) -> F: ...
    @overload
    def observe(function: str | None = None, /, *, name: str | None = None, root: bool = False) -> Callable[[F], F]: ...
    def observe(function: Any = None, /, *, name: Any = None, root: bool = False) -> Any: ...

else:

    def observe(function=None, /, *, name=None, root=False):
        """Measure every call of a function, coroutine, generator or async generator as one run of a flow.

        The flow is `name`, else the function's name with `-` for `_`. A generator's run lasts until it is exhausted
        or closed. Inside another run the call belongs to that one; `root=True` makes it a run of its own.
        Switched off, the function itself is returned. Raises TypeError for what cannot be called.
        """
        if function is None or isinstance(function, str):
            chosen = name or function
            return lambda function: _observed(function, chosen, root=root)
        return _observed(function, name, root=root)


def _observed(function: Callable[..., Any], name: str | None, *, root: bool) -> Any:
    if not callable(function):
        raise TypeError(f"observe measures functions, not {type(function).__name__}; put it below @classmethod")
    inner = getattr(function, "func", function)  # of a functools.partial
    flow = name or getattr(inner, "__name__", type(inner).__name__).replace("_", "-")
    if not switched_on():
        remember(flow)
        return function
    code = getattr(inner, "__code__", None) or getattr(type(inner).__call__, "__code__", None)
    flags = getattr(code, "co_flags", 0)
    make = _function
    for flag, kind in ((_COROUTINE, _coroutine), (_ASYNC_GENERATOR, async_generator), (_GENERATOR, generator)):
        if flags & flag:
            make = kind
    return wraps(function)(make(RECORDER, function, flow, () if root else RECORDER.opened))


def _function(recorder: Recorder, function: Callable[..., Any], flow: str, outer: Any) -> Callable[..., Any]:
    items, opened = recorder.reserve(flow), recorder.opened
    pop, append, current, enter = opened.pop, items.append, recorder.current.get, recorder.current.set

    def observed(*args: Any, **kwargs: Any) -> Any:
        if current() in outer:
            return function(*args, **kwargs)
        start = clock()
        opened[start] = items
        enter(start)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            close(recorder, pop(start, None), start, error)
            raise
        run = pop(start, None)
        if run is items and recorder.plain and len(items) < MARK:
            append((clock() - start) * 1e3)
        else:
            close(recorder, run, start, None)
        return result

    return observed


def _coroutine(recorder: Recorder, function: Callable[..., Any], flow: str, outer: Any) -> Callable[..., Any]:
    items, opened = recorder.reserve(flow), recorder.opened
    pop, append, current, enter = opened.pop, items.append, recorder.current.get, recorder.current.set

    async def observed(*args: Any, **kwargs: Any) -> Any:
        if current() in outer:
            return await function(*args, **kwargs)
        start = clock()
        opened[start] = items
        enter(start)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            close(recorder, pop(start, None), start, error)
            raise
        run = pop(start, None)
        if run is items and recorder.plain and len(items) < MARK:
            append((clock() - start) * 1e3)
        else:
            close(recorder, run, start, None)
        return result

    return observed
