"""Starts the pretend cloud as a process of its own, finds one that runs, ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowvigil.emulator.listening import DEFAULT_PORT, PID_FILE, EmulatorError, listen
from flowvigil.emulator.switches import LENIENT

LOG_FILE = "emulator.log"
STEP_S = 0.02

_children: list[subprocess.Popen[bytes]] = []


def health(address: str, wait: float = 5.0) -> dict[str, Any] | None:
    """What the emulator at `address` (`127.0.0.1:8474`) says of itself, None when nothing of ours answers there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/-/health", timeout=wait) as answer:
            found = json.load(answer)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("emulator") == "flowvigil" else None


def running(state: Path) -> str | None:
    """The address of the emulator that works on this state folder, None when none does."""
    try:
        found = json.loads((state / PID_FILE).read_text())
        address = f"127.0.0.1:{found['port']}"
    except (OSError, ValueError, KeyError, TypeError):
        return None
    told = health(address)
    return address if told and told["pid"] == found["pid"] else None


def start(
    port: int = DEFAULT_PORT,
    state: Path | None = None,
    profile: str = LENIENT,
    keys: Mapping[str, str] | None = None,
    wait: float = 60.0,
    clock: str = "",
    facts: Mapping[str, str] | None = None,
) -> str:
    """Start a detached emulator, wait until it is ready, return its address.

    `clock` is real or virtual; empty is real for a new one, and takes one that runs with whichever it has.
    One that already works on this state, port and profile is kept. `facts` are positions of switches that go before
    the profile's; None takes one that runs with whichever it has.
    EmulatorError when the port or the state is taken otherwise, or when the process ends before it is ready.
    """
    kept = _already(port, state, profile, clock, facts)
    if kept:
        return kept
    sock = listen(port)
    address = f"127.0.0.1:{sock.getsockname()[1]}"
    spoken = {"fd": sock.fileno(), "state": str(state) if state else None, "profile": profile, "keys": dict(keys or {})}
    spoken |= {"clock": clock or "real", "facts": dict(facts or {})}
    with sock, _log(state) as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "flowvigil.emulator", json.dumps(spoken)],
            pass_fds=[sock.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _children.append(process)
    _wait(process, address, state, wait)
    return address


def _already(port: int, state: Path | None, profile: str, clock: str, facts: Mapping[str, str] | None) -> str | None:
    """The address of the emulator that the caller can use as it is; EmulatorError when it is another one's."""
    address = (running(state) if state else None) or (f"127.0.0.1:{port}" if port else "")
    told = health(address) if address else None
    if told is None:
        return None
    wanted = {"profile": profile, "clock": clock or told.get("clock"), "state": str(state.resolve()) if state else None}
    wanted["facts"] = told.get("facts") if facts is None else dict(facts)
    other = [f"{name} {told.get(name)}" for name, value in wanted.items() if told.get(name) != value]
    if other or (port and not address.endswith(f":{port}")):
        raise EmulatorError(f"an emulator already runs on {address} ({', '.join(other) or 'same state'}): end it first")
    return address


def _wait(process: subprocess.Popen[bytes], address: str, state: Path | None, wait: float) -> None:
    until = time.monotonic() + wait
    while time.monotonic() < until and process.poll() is None:
        if health(address):
            return
        time.sleep(STEP_S)
    process.terminate()
    said = (state / LOG_FILE).read_text(errors="replace").strip().splitlines() if state else []
    raise EmulatorError(f"the emulator did not get ready on {address}" + (f": {said[-1]}" if said else ""))


def stop(state: Path, wait: float = 60.0) -> bool:
    """End the detached emulator of this state folder; False when none runs."""
    address = running(state)
    told = health(address) if address else None
    if told is None:
        return False
    os.kill(told["pid"], signal.SIGTERM)
    until = time.monotonic() + wait
    while time.monotonic() < until and (state / PID_FILE).exists():
        time.sleep(STEP_S)
    _children[:] = [child for child in _children if child.poll() is None]
    return True


def _log(state: Path | None) -> Any:
    if state is None:
        return Path(os.devnull).open("ab")
    state.mkdir(parents=True, exist_ok=True)
    return (state / LOG_FILE).open("ab")
