"""Runs a relay under uvicorn until SIGTERM or SIGINT: opens its state, reads its settings and secrets, listens."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from flowvigil.reporter.credentials.chain import Chain

from .app import application
from .background import PID_FILE
from .door import ranges
from .relay import GATHER_MS, Relay
from .settings import SettingsError
from .store import Store
from .time_source import Told, system


class ListenError(Exception):
    """The port cannot be listened on; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a relay is run. `clock` is an address that tells the time, empty for this machine's."""

    settings: Path
    state: Path | None
    host: str = "127.0.0.1"
    port: int = 8475
    secrets: Path | None = None
    sources: Sequence[str] = ()
    proxies: str = ""
    clock: str = ""
    gather_ms: int = GATHER_MS


def relay_of(options: Options) -> Relay:
    """The relay, not yet running. Raises SettingsError or StoreError."""
    environ = environment(options.secrets)
    store = Store(options.state)
    now = Told(options.clock) if options.clock else system
    if options.clock:
        store.forget_ahead(now())  # a pretend cloud may have lived by a virtual clock before
    try:
        return Relay(options.settings, store, environ, Chain(environ=environ), now, options.gather_ms)
    except SettingsError:
        store.close()
        raise


def environment(path: Path | None) -> Mapping[str, str]:
    """This process's environment, and a file of NAME=value lines laid over it. Raises SettingsError."""
    if path is None:
        return os.environ
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file of secrets {path} cannot be read: {error}") from error
    pairs = [line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#")]
    return {**os.environ, **{name.strip(): value.strip() for name, value in pairs}}


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. Raises ListenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(256)
    except OSError as error:
        sock.close()
        raise ListenError(f"{host}:{port} cannot be listened on: {error.strerror}; choose another --port") from error
    return sock


def serve(relay: Relay, sock: socket.socket, options: Options) -> None:
    """Answer until told to end."""
    config = uvicorn.Config(
        application(relay, ranges(options.sources)),
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        proxy_headers=bool(options.proxies),
        forwarded_allow_ips=options.proxies or None,
        h11_max_incomplete_event_size=64 * 1024,
        server_header=False,
    )
    server = uvicorn.Server(config)
    signal.signal(signal.SIGTERM, server.handle_exit)  # before uvicorn listens to it, and when it raises it again
    record = options.state / PID_FILE if options.state else None
    if record:
        record.write_text(json.dumps({"pid": os.getpid(), "port": sock.getsockname()[1]}), encoding="utf-8")
    try:
        with suppress(KeyboardInterrupt):
            server.run(sockets=[sock])
    finally:
        if record:
            record.unlink(missing_ok=True)
