"""What the reporter says: at most one log line per kind and process, through logging, never an exception."""

from __future__ import annotations

import sys

from .gate import GATE

_said: set[str] = set()


def warn(kind: str, text: str) -> None:
    """Log `text` as a warning of the logger `flowvigil`, the first time this kind happens."""
    _log("warning", kind, text)


def inform(kind: str, text: str) -> None:
    """Log `text` as information, the first time this kind happens."""
    _log("info", kind, text)


def forget() -> None:
    """Say every kind once more: a forked child is a process of its own."""
    _said.clear()


def _log(level: str, kind: str, text: str) -> None:
    if kind in _said:
        return
    _said.add(kind)
    try:
        if "logging" not in sys.modules:  # it costs more than all that a caller loads
            with GATE:
                import logging
        import logging

        getattr(logging.getLogger("flowvigil"), level)("flowvigil: %s", text)
    except Exception:  # a broken log handler is not the flow's problem
        return
