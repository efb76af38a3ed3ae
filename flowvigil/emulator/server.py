"""Runs the pretend cloud on a loopback port: in this process, or detached with a pid file in the state folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from flowvigil.emulator.app import App
from flowvigil.emulator.switches import LENIENT
from flowvigil.emulator.world import world

DEFAULT_PORT = 8474
PID_FILE = "emulator.pid"


class EmulatorError(Exception):
    """The emulator cannot run; the message says why and what to do."""


class _Protocol(H11Protocol):
    """h11 keeps an absolute request target whole; the drop fault needs the connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), "emulator.drop": self.transport.abort}
            await inner(scope, receive, send)

        self.app = app


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 picks a free one. EmulatorError when it is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", port))
    except OSError as error:
        sock.close()
        raise EmulatorError(
            f"port {port} of 127.0.0.1 is taken: end what runs there, or choose another with --port"
        ) from error
    sock.listen(128)
    return sock


def serve(sock: socket.socket, folder: Path | None, profile: str, keys: Mapping[str, str] | None = None) -> None:
    """Answer until SIGTERM or SIGINT; returns after a clean end."""
    cloud = world(folder, profile, keys)
    pid_file = folder / PID_FILE if folder else None
    if pid_file:
        pid_file.write_text(json.dumps({"pid": os.getpid(), "port": sock.getsockname()[1]}))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # uvicorn raises the signal again once it has ended
    try:
        with suppress(KeyboardInterrupt):
            server(cloud).run(sockets=[sock])
    finally:
        cloud.close()
        if pid_file:
            pid_file.unlink(missing_ok=True)


def server(cloud: Any) -> uvicorn.Server:
    """The uvicorn server of one pretend cloud, not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            App(cloud),
            http=_Protocol,
            ws="none",
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=2_200_000,
        )
    )


def health(address: str, wait: float = 1.0) -> dict[str, Any] | None:
    """What the emulator at `address` (`127.0.0.1:8474`) says of itself, None when nothing of ours answers there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/-/health", timeout=wait) as answer:
            found = json.load(answer)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("emulator") == "flowvigil" else None


def start(
    port: int = DEFAULT_PORT,
    state: Path | None = None,
    profile: str = LENIENT,
    keys: Mapping[str, str] | None = None,
    wait: float = 10.0,
) -> str:
    """Start a detached emulator, wait until it is ready, return its address; one that runs there already is kept.

    EmulatorError when the port is taken by something else or the process ends before it is ready.
    """
    if port and health(f"127.0.0.1:{port}"):
        return f"127.0.0.1:{port}"
    sock = listen(port)
    address = f"127.0.0.1:{sock.getsockname()[1]}"
    spoken = {"fd": sock.fileno(), "state": str(state) if state else None, "profile": profile, "keys": dict(keys or {})}
    log = _log(state)
    process = subprocess.Popen(
        [sys.executable, "-m", "flowvigil.emulator", json.dumps(spoken)],
        pass_fds=[sock.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    sock.close()
    until = time.monotonic() + wait
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        if health(address):
            return address
        time.sleep(0.02)
    process.terminate()
    raise EmulatorError(f"the emulator did not get ready on {address}; see {state}/emulator.log")


def stop(state: Path, wait: float = 5.0) -> bool:
    """End the detached emulator of this state folder; False when none runs."""
    try:
        found = json.loads((state / PID_FILE).read_text())
    except (OSError, ValueError):
        return False
    told = health(f"127.0.0.1:{found['port']}")
    if not told or told["pid"] != found["pid"]:
        return False
    os.kill(found["pid"], signal.SIGTERM)
    until = time.monotonic() + wait
    while time.monotonic() < until and (state / PID_FILE).exists():
        time.sleep(0.02)
    return True


def _log(state: Path | None) -> Any:
    if state is None:
        return subprocess.DEVNULL
    state.mkdir(parents=True, exist_ok=True)
    return (state / "emulator.log").open("ab")
