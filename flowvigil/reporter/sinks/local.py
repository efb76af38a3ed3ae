"""Sinks that need no cloud: standard output as JSON lines, and memory for tests."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from ..channel import Kind, Verdict


class StdoutSink:
    """One JSON line per point or event. A closed or full output drops the lines, with a count."""

    name = "stdout"
    entries = 500
    batch_bytes = 1 << 20
    queue = 20_000

    def deliver(self, payloads: Sequence[Any], now: float, timeout_s: float) -> Verdict:
        lines = "".join(json.dumps(_plain(payload), ensure_ascii=False) + "\n" for payload in payloads)
        try:
            _write(lines)
        except (OSError, ValueError, AttributeError) as error:
            return Verdict(Kind.DROP, "output_closed", str(error))
        return Verdict(Kind.DELIVERED)

    def close(self) -> None:
        """Standard output is not ours to close."""


class MemorySink:
    """Keeps what is delivered, the last `queue` entries, in `items`."""

    name = "memory"
    entries = 1000
    batch_bytes = 1 << 30
    queue = 200_000

    def __init__(self) -> None:
        self.items: list[Any] = []

    def deliver(self, payloads: Sequence[Any], now: float, timeout_s: float) -> Verdict:
        self.items += payloads
        del self.items[: -self.queue]
        return Verdict(Kind.DELIVERED)

    def close(self) -> None:
        """Nothing to close; `items` stays readable."""


def _write(lines: str) -> None:
    """Past the buffer of `sys.stdout`: what a full disk leaves there would fail the process at its very end."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, AttributeError):  # a stand-in that is no file
        sys.stdout.write(lines)
        return
    sys.stdout.flush()
    rest = lines.encode("utf-8", "replace")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _plain(payload: Any) -> Any:
    return payload._asdict() if hasattr(payload, "_asdict") else payload
