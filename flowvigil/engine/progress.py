"""A line about work that takes minutes: what, how long so far, how long it may take."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

EVERY_S = 30.0


class Progress:
    """Rewrites one line on a terminal; elsewhere writes a line now and every 30 seconds."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out, self._clock, self._terminal = out, clock, out.isatty()
        self._text, self._expected, self._began, self._said = "", "", 0.0, 0.0

    def begin(self, text: str, expected: str) -> None:
        """A piece of work starts; `expected` is its usual duration in words."""
        self._text, self._expected, self._began = text, expected, self._clock()
        self._say()

    def tick(self) -> None:
        """Called a few times a second while the work goes on."""
        if self._clock() - self._said >= (0.5 if self._terminal else EVERY_S):
            self._say()

    def end(self, text: str) -> None:
        """The work is over, well or not."""
        self._out.write(f"{self._start()}{text} after {duration(self._clock() - self._began)}\n")
        self._out.flush()

    def note(self, text: str) -> None:
        """A remark that stands by itself."""
        self._out.write(f"{self._start()}{text}\n")
        self._out.flush()

    def _say(self) -> None:
        self._said = self._clock()
        elapsed = duration(self._said - self._began)
        line = f"{self._text}: {elapsed} (usually {self._expected})"
        # A line that wraps could not be rewritten.
        shown = line[: shutil.get_terminal_size().columns - 1] if self._terminal else f"{line}\n"
        self._out.write(self._start() + shown)
        self._out.flush()

    def _start(self) -> str:
        return "\r\033[K" if self._terminal else ""


def duration(seconds: float) -> str:
    """`7 s` or `2 min 05 s`."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
