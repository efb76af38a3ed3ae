"""The lock of a stack's state: whose it is, and whether that process still lives.

A state folder shows its locks. Of those in a bucket only the engine tells: it names each holder when it is asked to
make the stack that is there already, for which it wants the lock first (pulumi 3.259, pkg/backend/diy: CreateStack,
checkForLock).
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .session import EngineError, Session
from .started import forget, on_record


class LockedError(Exception):
    """Another `up` holds the state's lock and is alive."""


_COUNT = re.compile(r"currently locked by (\d+) lock")
_HOLDER = re.compile(r"created by .*@([^@\s]+) \(pid (\d+)\) at \S+")


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


def free_dead_bucket_lock(session: Session, note: Callable[[str], None]) -> None:
    """Remove the locks in a bucket if each is of a process that we started on this machine and that is gone.

    Raises LockedError, with the engine's words, for any other lock: machines that share a bucket may be called alike.
    """
    said = _refusal(session) if session.bucket else ""
    count = _COUNT.search(said)
    if count is None:
        return
    holders = [(host, int(pid)) for host, pid in _HOLDER.findall(said)]
    ours = on_record(session.project, session.stack)
    dead = [pid for host, pid in holders if host == socket.gethostname() and pid in ours and not lives(pid)]
    if len(dead) != int(count[1]):
        raise LockedError(f"{said}\nIf it is surely dead: flowvigil engine exec -- cancel --stack {session.stack}")
    note(f"freeing the lock of process {', '.join(map(str, dead))}, which is gone")
    session.ask("cancel", "--yes", session.stack)
    for pid in dead:
        forget(session.project, session.stack, pid)


def _refusal(session: Session) -> str:
    """Why the engine would not make the stack again."""
    try:
        session.ask("stack", "init", session.stack, "--no-select", "--non-interactive")
    except EngineError as error:
        return str(error)
    return ""


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
