"""`flowvigil run all`: the pretend cloud with its page, and the relay of a stack that lives on it, in one command."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from .console import BAD_INPUT, MISSING, Console, Exit
from .opening import complete, open_target, opened, stack_option
from .running import clock_option

SECRETS_FILE = "relay.env"


@click.command("all")
@stack_option
@click.option("--port", type=click.IntRange(0, 65535), default=8475, show_default=True, help="Of the relay.")
@clock_option
@click.option("--background", is_flag=True, help="Start what does not run yet detached, return when it is ready.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the messages.")
def command(*, stack: str | None, port: int, clock: str, background: bool, lang: str) -> int:
    """Run the pretend cloud, its page and the relay of a stack until told to end."""
    target = open_target(stack)
    address = target.pretend
    if not address:
        raise Exit(BAD_INPUT, f"stack {target.stack.name} lives on a real account: name one on the pretend cloud")
    console = Console()
    folder = target.project.local
    with _pretend(address, folder / "emulator", clock, keep=background):
        console.say(f"page: http://{address}/")
        known = _secrets_of(folder)
        written = _relay_files(target.stack.name, folder, lang, console)
        if written and background:
            fresh = known != _secrets_of(folder)
            console.say(f"relay: http://{_detached(*written, folder / 'relay', port, address, fresh=fresh)}")
        elif written:
            return _relay(*written, folder / "relay", port, address)
        else:
            console.note("no channel says via: relay and no flow has on_alarm: no relay is needed")
            _wait(forever=not background)
    return 0


@contextmanager
def _pretend(address: str, state: Path, clock: str, *, keep: bool) -> Iterator[None]:
    """The pretend cloud of the stack: one that runs is left running, one that we start ends with us or is kept."""
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
        if not keep:
            emulator.stop(state)


def _relay_files(stack: str, folder: Path, lang: str, console: Console) -> tuple[Path, Path] | None:
    """The relay's settings and secrets as files, as `export relay` writes them; None where it has nothing to do."""
    from flowvigil.deploy.relay_secrets import relay_secrets, write_secrets
    from flowvigil.deploy.relay_settings import relay_settings
    from flowvigil.relay.settings import to_json

    settings_file, secrets_file = folder / "relay.json", folder / SECRETS_FILE
    with opened(stack, console) as open_, complete():
        config = open_.target.project.config(stack)
        settings = relay_settings(open_.target, config, lang, lambda: open_.session.prepare()["deployment"])
        if not settings.robots and not any(flow.hooks for flow in settings.flows):
            return None
        open_.session.prepare()
        write_secrets(secrets_file, relay_secrets(open_.session, settings, config))
    settings_file.write_text(json.dumps(to_json(settings), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return settings_file, secrets_file


def _secrets_of(folder: Path) -> str:
    """The secrets that a relay was last given, empty when none was."""
    file = folder / SECRETS_FILE
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _detached(settings: Path, secrets: Path, state: Path, port: int, address: str, *, fresh: bool) -> str:
    """Address of a relay that outlives us. One that runs is kept, for it reads new settings itself, but not secrets."""
    from flowvigil.relay import background
    from flowvigil.simulation import Follower
    from flowvigil.simulation.cloud import CloudGone, PretendCloud

    if fresh:
        background.stop(state)
    options = ["--settings", str(settings), "--secrets", str(secrets), "--port", str(port)]
    try:
        kept, cloud = background.running(state), PretendCloud(address)
        started = background.start(state, [*options, "--clock", f"http://{address}/-/clock"])
        if not kept and cloud.virtual:  # rules look a minute back: it has lived for one when they begin
            Follower(started).follow(cloud.now_ms())
            cloud.advance(60)
            Follower(started).follow(cloud.now_ms())
    except (background.RelayError, CloudGone) as error:
        raise Exit(MISSING, str(error)) from error
    return started


def _relay(settings: Path, secrets: Path, state: Path, port: int, address: str) -> int:
    from flowvigil.relay.__main__ import run
    from flowvigil.relay.server import Options

    given: dict[str, Any] = {"settings": settings, "secrets": secrets, "state": state, "port": port}
    return run(Options(**given, clock=f"http://{address}/-/clock"))


def _wait(*, forever: bool) -> None:
    """Until Ctrl-C or SIGTERM, or not at all."""
    with suppress(KeyboardInterrupt):
        threading.Event().wait(None if forever else 0)
