"""`flowvigil down`: remove what the stack made; stop relay and pretend cloud if the stack lives on it."""

from __future__ import annotations

import click

from .console import Console, lang_option, need_a_person
from .opening import opened, stack_option


@click.command()
@stack_option
@lang_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask before removing anything.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document at the end, the progress beside it.")
def command(*, stack: str | None, yes: bool, as_json: bool) -> None:
    """Remove what the stack made. Protected log projects and stores stay."""
    from flowvigil import emulator
    from flowvigil.deploy import steps
    from flowvigil.relay import background

    from .outcome import recorded

    console = Console(aside=as_json)
    with recorded(console, stack) as outcome, opened(stack, console) as open_:
        outcome.stack = open_.session.stack
        if not yes:
            need_a_person()
        options = ["--yes"] if yes else []
        outcome.finish(steps.down(open_.session, open_.cloud, console.note, options))
        if open_.target.pretend:
            folder = open_.target.project.local
            if background.stop(folder / "relay"):
                console.note("stopped the relay")
            emulator.stop(folder / "emulator")
            console.note("stopped the pretend cloud")
