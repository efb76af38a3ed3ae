"""`flowvigil run otlp`: receives OpenTelemetry traces in the foreground and reports the runs in them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from flowvigil.cli.console import BAD_INPUT, FINDINGS, MISSING, Console, Exit
from flowvigil.cli.running import host_option, port_option


@click.command("otlp")
@host_option
@port_option(4318)
@click.option("--settings", type=click.Path(path_type=Path), help="What `export reporter` wrote.")
@click.option(
    "--patience",
    type=click.IntRange(0, 3600),
    default=30,
    show_default=True,
    help="Seconds that a flow waits for the spans around it.",
)
def command(*, host: str, port: int, settings: Path | None, patience: int) -> int:
    """Receive OpenTelemetry traces over HTTP and report the runs of flows in them."""
    _switch_on(settings)
    try:
        from flowvigil.otlp.runs import Runs
        from flowvigil.otlp.server import ListenError, listen, serve
    except ModuleNotFoundError as error:
        raise Exit(MISSING, f"{error.name} is missing: pip install 'flowvigil[otel]'") from error
    try:
        sock = listen(host, port)
    except ListenError as error:
        raise Exit(MISSING, str(error)) from error
    shown = f"[{host}]" if ":" in host else host
    Console().say(f"otlp: http://{shown}:{sock.getsockname()[1]}")
    sys.stdout.flush()
    runs = Runs(float(patience))
    delivered = serve(sock, runs)
    sys.stderr.write(f"{runs.count} runs reported{'' if delivered else '; not all of them could be delivered'}\n")
    return 0 if delivered else FINDINGS


def _switch_on(settings: Path | None) -> None:
    from flowvigil.reporter.options import load
    from flowvigil.reporter.switch import ENVIRONMENT_VARIABLE, SETTINGS_VARIABLE, switched_on

    if settings is not None:
        os.environ[SETTINGS_VARIABLE] = str(settings)
    if not switched_on():
        raise Exit(BAD_INPUT, f"name the reporter's settings with --settings, or set {ENVIRONMENT_VARIABLE}")
    path = os.environ.get(SETTINGS_VARIABLE)
    if path and load(path) is None:
        raise Exit(BAD_INPUT, f"{path} holds no settings of a reporter: `flowvigil export reporter` writes them")
