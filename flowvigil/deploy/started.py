"""Remembers which engine processes this machine has started for a stack, until each has ended.

A lock in a bucket names host and process, and two machines may be called alike; only a process that stands here was
surely one of ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .project import Project


@contextmanager
def noted(project: Project, stack: str, pid: int) -> Iterator[None]:
    """Keep the process on record while this lasts; a kill leaves the record behind. Without a disk there is none."""
    record = _folder(project, stack) / str(pid)
    with suppress(OSError):
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(_numbering())
    try:
        yield
    finally:
        with suppress(OSError):
            record.unlink()


def on_record(project: Project, stack: str) -> frozenset[int]:
    """The processes that were started for the stack from here, and whose end nobody saw."""
    here = _numbering()
    found = _folder(project, stack).glob("[0-9]*")
    return frozenset(int(path.name) for path in found if path.read_text() == here)


def forget(project: Project, stack: str, pid: int) -> None:
    """Take a process that is gone off the record."""
    (_folder(project, stack) / str(pid)).unlink(missing_ok=True)


def _numbering() -> str:
    """Which processes have numbers here: those of another container have others, also where it shares our folder."""
    try:
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - it names no file
    except OSError:
        return ""


def _folder(project: Project, stack: str) -> Path:
    return project.local / "engine" / stack
