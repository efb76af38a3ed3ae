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
    A group of exceptions is cancelled or timed out only if all its members are.
    """
    if isinstance(error, SystemExit):
        return SUCCEEDED if error.code in (None, 0) else FAILED
    members = getattr(error, "exceptions", None)
    if isinstance(members, tuple) and members and hasattr(type(error), "subgroup"):
        ends = {outcome(member) for member in members}
        return ends.pop() if len(ends) == 1 else FAILED
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & _CANCELLED:
        return CANCELLED
    return TIMED_OUT if names & _TIMED_OUT else FAILED


def error_type(error: BaseException) -> str:
    """The class of an exception with its module, e.g. `httpx.ReadTimeout`; never its text."""
    cls = type(error)
    module = cls.__module__
    return cls.__qualname__ if module == "builtins" else f"{module}.{cls.__qualname__}"
