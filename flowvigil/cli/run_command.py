"""`flowvigil run`: the pretend cloud in the foreground."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from flowvigil.cli.console import BAD_INPUT, MISSING, Console, Exit


@click.group()
def command() -> None:
    """Run the pretend cloud."""


@command.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8474, show_default=True, help="0 picks a free one.")
@click.option("--profile", type=click.Choice(["lenient", "pessimistic"]), default="lenient", show_default=True)
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="Keep everything in this folder.")
@click.option("--accounts", help="Access key ids and their accounts: key=uid,key=uid. Without: one account for all.")
@click.option("--background", is_flag=True, help="Start detached, return when it is ready.")
@click.option("--clock", type=click.Choice(["real", "virtual"]), default="real", show_default=True)
@click.option("--actions", is_flag=True, help="Print the table of answered actions and end.")
def emulator(
    *, port: int, profile: str, state: Path | None, accounts: str | None, background: bool, clock: str, actions: bool
) -> None:
    """A pretend Alibaba Cloud on 127.0.0.1."""
    keys = _keys(accounts)
    try:
        from flowvigil.emulator import EmulatorError, StateError, running, start
        from flowvigil.emulator.server import listen, serve
        from flowvigil.emulator.table import actions_table
    except ModuleNotFoundError as error:
        raise Exit(MISSING, f"{error.name} is missing: pip install 'flowvigil[local]'") from error
    if actions:
        sys.stdout.write(actions_table())
        return
    try:
        if background:
            Console().say(f"emulator: http://{start(port, state, profile, keys, clock=clock)}")
            return
        if state and (used := running(state)):
            raise Exit(MISSING, f"{state} is in use by the emulator on {used}: end that one, or name another folder")
        sock = listen(port)
        Console().say(f"emulator: http://127.0.0.1:{sock.getsockname()[1]} ({profile})")
        sys.stdout.flush()
        serve(sock, state, profile, keys, clock)
    except (EmulatorError, StateError) as error:
        raise Exit(MISSING, str(error)) from error


def _keys(text: str | None) -> dict[str, str]:
    keys: dict[str, str] = {}
    for part in (text or "").split(","):
        key, _, account = part.partition("=")
        if part and (not key or not account.isdecimal()):
            raise Exit(BAD_INPUT, f"--accounts: {part!r} is not of the form access-key-id=account-number")
        if part:
            keys[key] = account
    return keys
