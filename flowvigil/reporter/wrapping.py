"""Wrappers that cost as little as the measuring: each has the very signature of the function it stands for.

Passing `*args, **kwargs` on costs 90 ns a call, a third of the whole; so the wrapper's source is written around the
function's parameters, as dataclasses do for `__init__`. Knows nothing of what a run is; `close` does.
"""

from __future__ import annotations

from time import perf_counter

from .recording import MARK, RECORDER
from .runs import close

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

VARARGS, VARKEYWORDS = 0x04, 0x08  # inspect.CO_*, without importing inspect
ANY = ("*args, **kwargs", "*args, **kwargs")

SOURCE = """
def make(_function, _items, _append, _opened, _outer, _pop, _current, _enter, _clock, _close, _recorder, _mark):
    {kind} observed({parameters}):
        if _outer and _current() in _outer:
            return {wait}_function({arguments})
        {before}
        _start = _clock()
        _opened[_start] = _items
        _enter(_start)
        try:
            _result = {wait}_function({arguments})
        except BaseException as _error:
            _close(_pop(_start, None), _start, _error)
            {after}
            raise
        _run = _pop(_start, None)
        if _run is _items and _recorder.plain and len(_items) < _mark:
            _append((_clock() - _start) * 1e3)
        else:
            _close(_run, _start, None)
        {after}
        return _result
    return observed
"""
AROUND = {False: {"before": "", "after": ""}, True: {"before": "_before = _current()", "after": "_enter(_before)"}}
"""A run of its own, by `root`, leaves the context of the run around it as it was."""
_compiled: dict[tuple[str, str, bool, bool], CodeType] = {}


def function(wrapped: Callable[..., Any], flow: str, *, root: bool) -> Callable[..., Any]:
    """Measure every call of a function."""
    return _wrapper(wrapped, flow, root=root, wait=False)


def coroutine(wrapped: Callable[..., Any], flow: str, *, root: bool) -> Callable[..., Any]:
    """Measure every call of a coroutine function until it returns."""
    return _wrapper(wrapped, flow, root=root, wait=True)


def _wrapper(wrapped: Callable[..., Any], flow: str, *, root: bool, wait: bool) -> Callable[..., Any]:
    signature = signature_of(wrapped)
    home: dict[str, Any] = {}
    exec(_code(*signature, wait=wait, root=root), home)  # noqa: S102 - of names that Python itself took for parameters
    items, opened, current = RECORDER.reserve(flow), RECORDER.opened, RECORDER.current
    outer = () if root else opened
    observed: Any = home["make"](
        wrapped, items, items.append, opened, outer, opened.pop, current.get, current.set, perf_counter, close,
        RECORDER, MARK,
    )  # fmt: skip
    if signature is not ANY:
        known: Any = wrapped
        observed.__defaults__, observed.__kwdefaults__ = known.__defaults__, known.__kwdefaults__
    return observed  # type: ignore[no-any-return]


def signature_of(wrapped: Callable[..., Any]) -> tuple[str, str]:
    """The parameters as they are declared and as they are passed on, e.g. `topic, *, lines` and `topic, lines=lines`.

    ANY for what is not a plain function, or has a parameter with a name that the wrapper needs itself.
    """
    code: CodeType | None = getattr(wrapped, "__code__", None) if type(wrapped) is type(signature_of) else None
    if code is None:
        return ANY
    named = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[: named + bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)])
    if TAKEN.intersection(names):
        return ANY
    declared, passed = names[: code.co_argcount], names[: code.co_argcount]
    if code.co_posonlyargcount:
        declared.insert(code.co_posonlyargcount, "/")
    if code.co_flags & VARARGS:
        declared.append(f"*{names[named]}")
        passed.append(f"*{names[named]}")
    elif code.co_kwonlyargcount:
        declared.append("*")
    declared += names[code.co_argcount : named]
    passed += [f"{name}={name}" for name in names[code.co_argcount : named]]
    if code.co_flags & VARKEYWORDS:
        declared.append(f"**{names[-1]}")
        passed.append(f"**{names[-1]}")
    return ", ".join(declared), ", ".join(passed)


def _code(parameters: str, arguments: str, *, wait: bool, root: bool) -> CodeType:
    key = (parameters, arguments, wait, root)
    if key not in _compiled:
        kind, awaited = ("async def", "await ") if wait else ("def", "")
        text = SOURCE.format(kind=kind, parameters=parameters, arguments=arguments, wait=awaited, **AROUND[root])
        _compiled[key] = compile(text, "<flowvigil.observe>", "exec")
    return _compiled[key]


def _taken() -> frozenset[str]:
    make = next(one for one in _code("", "", wait=False, root=True).co_consts if hasattr(one, "co_varnames"))
    observed = next(one for one in make.co_consts if hasattr(one, "co_varnames"))
    return frozenset((*observed.co_varnames, *observed.co_freevars, *observed.co_names, "BaseException"))


TAKEN = _taken()
"""Names that the wrapper uses itself; a parameter of that name would hide them."""
