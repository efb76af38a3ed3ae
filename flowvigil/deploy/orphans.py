"""Ends provider processes that outlived their engine.

The engine starts them in process groups of their own, so a kill of the engine leaves them finishing what they were
at: they would go on writing to the cloud while the next run looks what is there. Linux only, where /proc tells.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MARK = "FLOWVIGIL_SESSION"
"""Environment variable of the engine and of all that it starts; its value is `mark` of the stack."""

_PROCESSES = Path("/proc")
_PLUGIN = "pulumi-resource"  # a process's name is cut to 15 characters
_WAIT_MS = 5_000


def mark(root: Path, stack: str) -> str:
    """What tells the processes of one stack's runs from all others."""
    return f"{root}:{stack}"


def end_orphans(value: str) -> int:
    """Kill each provider with this mark whose engine is gone, and wait for its end; says how many there were."""
    return sum(_ended(pid) for pid in _orphans(value))


def _orphans(value: str) -> Iterator[int]:
    wanted = f"{MARK}={value}".encode()
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile, or is another user's
            name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
            parent = rest.split()[1]
            if name == _PLUGIN[:15] and _marked(folder, wanted) and not _marked(_PROCESSES / parent, wanted):
                yield int(folder.name)


def _marked(folder: Path, wanted: bytes) -> bool:
    try:
        return wanted in (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _ended(pid: int) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(_WAIT_MS))
    finally:
        os.close(handle)
