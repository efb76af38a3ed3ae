"""Starts a relay as a process of its own, finds one that runs, ends it. Standard library only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PID_FILE, LOG_FILE = "relay.pid", "relay.log"
STEP_S = 0.02

_children: list[subprocess.Popen[bytes]] = []


class RelayError(Exception):
    """The relay did not get ready; the text says why."""


def health(address: str, wait: float = 5.0) -> dict[str, Any] | None:
    """What the relay at `address` (`127.0.0.1:8475`) says of itself, None when none answers there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/healthz", timeout=wait) as answer:
            found = json.load(answer)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("relay") == "flowvigil" else None


def running(state: Path) -> str | None:
    """The address of the relay that works on this state folder, None when none does."""
    found = _recorded(state)
    return found[0] if found else None


def _recorded(state: Path) -> tuple[str, int] | None:
    """Address and process id; what answers there must say that it is the process of the record."""
    try:
        written = json.loads((state / PID_FILE).read_text())
        address, pid = f"127.0.0.1:{written['port']}", int(written["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    told = health(address)
    return (address, pid) if told and told.get("pid") == pid else None


def start(state: Path, options: Sequence[str], wait: float = 60.0) -> str:
    """Start a detached relay on this state with the options of `python -m flowvigil.relay`, wait until it answers.

    Returns its address. One that works on this state already is kept. Raises RelayError.
    """
    if kept := running(state):
        return kept
    state.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "flowvigil.relay", "--state", str(state), *options]
    with (state / LOG_FILE).open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    _children.append(process)
    until = time.monotonic() + wait
    while time.monotonic() < until and process.poll() is None:
        if address := running(state):
            return address
        time.sleep(STEP_S)
    process.terminate()
    said = (state / LOG_FILE).read_text(errors="replace").strip().splitlines()
    raise RelayError("the relay did not get ready" + (f": {said[-1]}" if said else ""))


def stop(state: Path, wait: float = 60.0) -> bool:
    """End the relay of this state folder; False when none runs."""
    found = _recorded(state)
    if found is None:
        return False
    os.kill(found[1], signal.SIGTERM)
    until = time.monotonic() + wait
    while time.monotonic() < until and (state / PID_FILE).exists():
        time.sleep(STEP_S)
    _children[:] = [child for child in _children if child.poll() is None]
    return True
