"""Runs the pretend cloud on a loopback port of this process, with a pid file in the state folder."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from flowvigil.emulator.app import App
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.listening import PID_FILE, listen
from flowvigil.emulator.switches import NO_FACTS
from flowvigil.emulator.world import World, wall_clock, world

__all__ = ["listen", "opened", "serve", "server"]

HEAD_BYTES = 256 * 1024
"""Request line and headers together; the service takes 128 KB of header and query (CMS API overview)."""


class _Protocol(H11Protocol):
    """h11 keeps an absolute request target whole; the drop fault needs the connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), "emulator.drop": self.transport.abort}
            await inner(scope, receive, send)

        self.app = app


def opened(
    folder: Path | None,
    profile: str,
    keys: Mapping[str, str] | None = None,
    clock: str = "real",
    facts: Mapping[str, str] = NO_FACTS,
) -> World:
    """The pretend cloud of a state folder; StateError when that cannot be used."""
    now = VirtualClock(wall_clock()) if clock == "virtual" else wall_clock
    return world(folder, profile, keys, now, facts)


def serve(sock: socket.socket, cloud: World) -> None:
    """Answer until SIGTERM or SIGINT, then close both."""
    folder = cloud.state.folder
    pid_file = folder / PID_FILE if folder else None
    if pid_file:
        pid_file.write_text(json.dumps({"pid": os.getpid(), "port": sock.getsockname()[1]}))
    door = server(cloud)
    signal.signal(signal.SIGTERM, door.handle_exit)  # before uvicorn listens to it, and when it raises it again
    try:
        with closing(sock), suppress(KeyboardInterrupt):
            door.run(sockets=[sock])
    finally:
        cloud.close()
        if pid_file:
            pid_file.unlink(missing_ok=True)


def server(cloud: World) -> uvicorn.Server:
    """The uvicorn server of one pretend cloud, not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            App(cloud),
            http=_Protocol,
            ws="none",
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=HEAD_BYTES,
        )
    )
