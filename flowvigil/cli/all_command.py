"""`flowvigil run all`: the pretend cloud with its page, and the relay of a stack that lives on it, in one command."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from .console import BAD_INPUT, MISSING, Console, Exit
from .opening import open_target, opened, stack_option


@click.command("all")
@stack_option
@click.option("--port", type=click.IntRange(0, 65535), default=8475, show_default=True, help="Of the relay.")
@click.option("--clock", type=click.Choice(["real", "virtual"]), default="real", show_default=True)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the messages.")
def command(*, stack: str | None, port: int, clock: str, lang: str) -> int:
    """Run the pretend cloud, its page and the relay of a stack until told to end."""
    from flowvigil.deploy.session import EMULATOR_KEY

    target = open_target(stack)
    address = str(target.project.config(target.stack.name).get(EMULATOR_KEY, ""))
    if not address:
        raise Exit(BAD_INPUT, f"stack {target.stack.name} lives on a real account: name one on the pretend cloud")
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the relay listens to it: what runs is ended too
    folder = target.project.root / ".flowvigil"
    with _pretend(address, folder / "emulator", clock):
        console.say(f"page: http://{address}/")
        written = _relay_files(target.stack.name, folder, lang, console)
        if written:
            return _relay(*written, folder / "relay", port, address)
        console.note("no channel says via: relay and no flow has on_alarm: no relay is needed")
        _wait()
    return 0


@contextmanager
def _pretend(address: str, state: Path, clock: str) -> Iterator[None]:
    """The pretend cloud of the stack: one that runs is kept and left running, one that we start ends with us."""
    from flowvigil import emulator

    if emulator.health(address):
        yield
        return
    try:
        emulator.start(int(address.rpartition(":")[2]), state, clock=clock)
    except emulator.EmulatorError as error:
        raise Exit(MISSING, str(error)) from error
    try:
        yield
    finally:
        emulator.stop(state)


def _relay_files(stack: str, folder: Path, lang: str, console: Console) -> tuple[Path, Path] | None:
    """The relay's settings and secrets as files, as `export relay` writes them; None where it has nothing to do."""
    from flowvigil.deploy.relay_secrets import LackingError, relay_secrets, write_secrets
    from flowvigil.deploy.relay_settings import relay_settings
    from flowvigil.relay.settings import to_json

    settings_file, secrets_file = folder / "relay.json", folder / "relay.env"
    with opened(stack, console) as open_:
        config = open_.target.project.config(stack)
        settings = relay_settings(open_.target, config, lang)
        if not settings.robots and not any(flow.hooks for flow in settings.flows):
            return None
        open_.session.prepare()
        try:
            write_secrets(secrets_file, relay_secrets(open_.session, settings, config))
        except LackingError as error:
            raise Exit(MISSING, str(error)) from error
    settings_file.write_text(json.dumps(to_json(settings), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return settings_file, secrets_file


def _relay(settings: Path, secrets: Path, state: Path, port: int, address: str) -> int:
    from flowvigil.relay.__main__ import run
    from flowvigil.relay.server import Options

    given: dict[str, Any] = {"settings": settings, "secrets": secrets, "state": state, "port": port}
    return run(Options(**given, clock=f"http://{address}/-/clock"))


def _wait() -> None:
    """Until Ctrl-C or SIGTERM."""
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
