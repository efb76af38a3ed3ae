"""`python -m flowvigil.relay`: the relay without the command's other parts, as containers run it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .door import ranges
from .relay import GATHER_MS
from .server import ListenError, Options, listen, relay_of, serve
from .settings import SettingsError
from .store import StoreError

BAD_INPUT, MISSING = 2, 3


def main(arguments: list[str]) -> int:
    """Run until told to end; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m flowvigil.relay", description=__doc__)
    parser.add_argument("--settings", type=Path, required=True, help="what flowvigil export relay wrote")
    parser.add_argument("--state", type=Path, help="folder that keeps what must not be forgotten")
    parser.add_argument("--secrets", type=Path, help="file of NAME=value lines, beside the environment")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8475)
    parser.add_argument(
        "--source", action="append", default=[], help="range that callbacks may come from, or documented"
    )
    parser.add_argument("--proxies", default="", help="addresses of proxies whose X-Forwarded-For is believed")
    parser.add_argument("--clock", default="", help="address that tells the time (the pretend cloud's)")
    parser.add_argument("--gather-ms", type=int, default=GATHER_MS, help="how long callbacks wait for each other")
    given = vars(parser.parse_args(arguments))
    return run(Options(sources=given.pop("source"), **given))


def run(options: Options) -> int:
    """Run a relay until told to end; what is wrong goes to standard error."""
    try:
        ranges(options.sources)
        sock = listen(options.host, options.port)
    except (SettingsError, ListenError) as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT if isinstance(error, SettingsError) else MISSING
    try:
        relay = relay_of(options)
    except (SettingsError, StoreError) as error:
        sock.close()
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT if isinstance(error, SettingsError) else MISSING
    host, port = sock.getsockname()[:2]
    sys.stdout.write(f"relay: http://{host}:{port}\n")
    if options.state is None:
        sys.stderr.write("no --state: what is not yet sent is lost when this process ends\n")
    sys.stdout.flush()
    serve(relay, sock, options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
