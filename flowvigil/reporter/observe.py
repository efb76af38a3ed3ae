"""The decorator. What it wraps behaves as before: same result, same exception, same signature."""

from __future__ import annotations

from functools import wraps

from .streams import async_generator, generator
from .switch import remember, switched_on
from .wrapping import coroutine
from .wrapping import function as plain_function

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200  # inspect.CO_*, without importing inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

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
    make: Callable[..., Any] = plain_function
    for flag, kind in ((_COROUTINE, coroutine), (_ASYNC_GENERATOR, async_generator), (_GENERATOR, generator)):
        if flags & flag:
            make = kind
    return wraps(function)(make(function, flow, root=root))
