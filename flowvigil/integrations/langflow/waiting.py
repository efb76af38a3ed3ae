"""Runs that wait for a human: set aside until they go on in this process, under LangFlow's id of the run.

A run that waits has not ended, so nothing is recorded; it lasts as long as it worked, before and after the wait.
"""

from __future__ import annotations

from time import perf_counter

from ...reporter.recording import RECORDER
from ...reporter.runs import Run

KEPT = 10_000
"""Runs that nobody ever answers must not fill the memory."""


def set_aside(run: Run, known_as: str, before_ms: float, since: float) -> None:
    """The run waits `since` then, by `perf_counter`; `before_ms` is how long it worked before it last went on."""
    if run.start is None or RECORDER.opened.pop(run.start, None) is not run:
        return
    if len(RECORDER.waiting) >= KEPT:
        RECORDER.waiting.clear()
    RECORDER.waiting[known_as] = (run.items, before_ms + (since - run.start) * 1e3)


def goes_on(known_as: str) -> float:
    """How long, in ms, the run that begins has worked already: 0 unless it has waited."""
    return RECORDER.waiting.pop(known_as, (None, 0.0))[1] if RECORDER.waiting else 0.0


def end(run: Run, before_ms: float) -> None:
    """Record the end of a run."""
    if not before_ms:
        run.end()
    elif run.start is not None and RECORDER.opened.pop(run.start, None) is run:
        run.finish((perf_counter() - run.start) * 1e3 + before_ms, None)
