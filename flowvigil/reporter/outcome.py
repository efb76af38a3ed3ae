"""How an exception ends a run. Judges by class alone, never by text, and imports no framework to know its classes."""

from __future__ import annotations

from .status import CANCELLED, FAILED, SUCCEEDED, TIMED_OUT

_CANCELLED = frozenset(
    {
        "CancelledError",  # asyncio, concurrent.futures
        "GeneratorExit",
        "KeyboardInterrupt",
        "Cancelled",  # trio, anyio
        "GreenletExit",
        "GraphBubbleUp",  # LangGraph: interrupts and hand-overs to a parent graph
        "GraphInterrupt",
        "NodeInterrupt",
    }
)
_TIMED_OUT = frozenset(
    {
        "TimeoutError",
        "TimeoutException",  # httpx
        "Timeout",  # requests, gevent
        "TimeoutExpired",  # subprocess
        "APITimeoutError",  # openai, anthropic
        "DeadlineExceeded",  # google.api_core
        "SoftTimeLimitExceeded",  # celery
    }
)


def outcome(error: BaseException) -> str:
    """The status of a run that `error` ended.

    Cancelled, paused, interrupted and closed runs are not failures.
    A group of exceptions is cancelled or timed out only if all its members are. What cannot be looked at has failed.
    """
    try:
        return _judged(error)
    except Exception:  # raised by the error's own attributes; the flow's own error must pass, not this one
        return FAILED


def _judged(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return SUCCEEDED if error.code in (None, 0) else FAILED
    if hasattr(type(error), "subgroup"):
        members = getattr(error, "exceptions", None)
        if isinstance(members, tuple) and members:
            ends = {_judged(member) for member in members}
            return ends.pop() if len(ends) == 1 else FAILED
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & _CANCELLED:
        return CANCELLED
    return TIMED_OUT if names & _TIMED_OUT else FAILED


def error_type(error: BaseException) -> str:
    """The class of an exception with its module, e.g. `httpx.ReadTimeout`; never its text."""
    cls = type(error)
    try:
        module = cls.__module__
    except Exception:  # raised by its metaclass
        module = None
    return f"{module}.{cls.__qualname__}" if isinstance(module, str) and module != "builtins" else cls.__qualname__
