"""The lock of a stack in a state folder: whose it is, and whether that process still lives.

Other backends keep their locks to themselves.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .session import Session


class LockedError(Exception):
    """Another `up` holds the state's lock and is alive."""


def free_dead_lock(session: Session, note: Callable[[str], None]) -> None:
    """Remove a lock in a state folder whose process was on this machine and is gone.

    Raises LockedError when the holder lives, or is on another machine, where only its people can tell.
    """
    for lock in _locks(session):
        pid, host = int(lock["pid"]), str(lock["hostname"])
        if host != socket.gethostname() or lives(pid):
            raise LockedError(
                f"the state of stack {session.stack} is locked by process {pid} on {host} since {lock['timestamp']}. "
                f"Wait for it; if it is surely dead: flowvigil engine exec -- cancel --stack {session.stack}"
            )
        note(f"freeing the lock of process {pid}, which is gone")
        session.ask("cancel", "--yes", session.stack)


def _locks(session: Session) -> list[dict[str, Any]]:
    paths = session.folder.locks() if session.folder else []
    return [json.loads(path.read_text()) for path in paths]


def lives(pid: int) -> bool:
    """Whether a process runs under this number; a dead one that nobody has collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
