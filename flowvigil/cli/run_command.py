"""`flowvigil run`: the pretend cloud, the relay, a receiver of traces, or traffic for flows that nobody runs."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from flowvigil.cli import all_command, otlp_command, simulate_command
from flowvigil.cli.console import BAD_INPUT, MISSING, Console, Exit
from flowvigil.cli.running import clock_option, host_option, port_option


@click.group()
def command() -> None:
    """Run the pretend cloud, the relay, a receiver of traces, or a simulation."""


command.add_command(all_command.command)
command.add_command(otlp_command.command)
command.add_command(simulate_command.command)


@command.command()
@port_option(8474)
@click.option(
    "--profile",
    type=click.Choice(["lenient", "pessimistic"]),
    default="lenient",
    show_default=True,
    help="What it answers where the documentation is silent.",
)
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="Keep everything in this folder.")
@click.option("--accounts", help="Access key ids and their accounts: key=uid,key=uid. Without: one account for all.")
@click.option("--background", is_flag=True, help="Start detached, return when it is ready.")
@clock_option
@click.option("--facts", metavar="FILE", help="Answer the unknown as cloud-facts.json of `verify --probe` says.")
@click.option("--actions", is_flag=True, help="Print the table of answered actions and end.")
def emulator(
    *, port: int, profile: str, state: Path | None, accounts: str | None, background: bool, clock: str,
    facts: str | None, actions: bool,
) -> None:  # fmt: skip
    """A pretend Alibaba Cloud on 127.0.0.1."""
    keys = _keys(accounts)
    try:
        from flowvigil.emulator import EmulatorError, StateError, running, start
        from flowvigil.emulator.known import positions
        from flowvigil.emulator.server import listen, opened, serve
        from flowvigil.emulator.table import actions_table
    except ModuleNotFoundError as error:
        raise Exit(MISSING, f"{error.name} is missing: pip install 'flowvigil[local]'") from error
    if actions:
        sys.stdout.write(actions_table())
        return
    try:
        known = positions(facts) if facts else {}
        if background:
            address = start(port, state, profile, keys, clock=clock, facts=known if facts else None)
            Console().say(f"emulator: http://{address}")
            return
        if state and (used := running(state)):
            raise Exit(MISSING, f"{state} is in use by the emulator on {used}: end that one, or name another folder")
        with closing(listen(port)) as sock:
            cloud = opened(state, profile, keys, clock, known)
            Console().say(f"emulator: http://127.0.0.1:{sock.getsockname()[1]} ({profile})")
            sys.stdout.flush()
            serve(sock, cloud)
    except (EmulatorError, StateError) as error:
        raise Exit(MISSING, str(error)) from error


@command.command()
@click.option("--settings", type=click.Path(path_type=Path), required=True, help="What `export relay` wrote.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="Keep what must not be forgotten here.")
@click.option("--secrets", type=click.Path(path_type=Path), help="A file of NAME=value lines, beside the environment.")
@host_option
@port_option(8475)
@click.option("--source", multiple=True, help="A range that callbacks may come from, or `documented`; repeatable.")
@click.option("--proxies", default="", help="Addresses of proxies whose X-Forwarded-For is believed.")
@click.option("--clock", default="", help="An address that tells the time: that of a pretend cloud.")
def relay(*, source: tuple[str, ...], **given: Any) -> int:
    """Post DingTalk messages with log links when rules call back."""
    try:
        from flowvigil.relay.__main__ import run
        from flowvigil.relay.server import Options
    except ModuleNotFoundError as error:
        raise Exit(MISSING, f"{error.name} is missing: pip install 'flowvigil[relay]'") from error
    return run(Options(sources=source, **given))


def _keys(text: str | None) -> dict[str, str]:
    keys: dict[str, str] = {}
    for part in (text or "").split(","):
        key, _, account = part.partition("=")
        if part and (not key or not account.isdecimal()):
            raise Exit(BAD_INPUT, f"--accounts: {part!r} is not of the form access-key-id=account-number")
        if part:
            keys[key] = account
    return keys
