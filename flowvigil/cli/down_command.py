"""`flowvigil down`: remove what the stack made; stop relay and pretend cloud if the stack lives on it."""

from __future__ import annotations

import click

from .console import Console, lang_option
from .opening import opened, stack_option


@click.command()
@stack_option
@lang_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask before removing anything.")
def command(stack: str | None, yes: bool) -> None:  # noqa: FBT001
    """Remove what the stack made. Protected log projects and stores stay."""
    from flowvigil import emulator
    from flowvigil.deploy import steps
    from flowvigil.deploy.session import EMULATOR_KEY
    from flowvigil.relay import background

    from .ending import finish

    console = Console()
    with opened(stack, console) as open_:
        options = ["--yes"] if yes else []
        finish(steps.down(open_.session, open_.cloud, console.note, options), open_.session.stack)
        if open_.target.project.config(open_.session.stack).get(EMULATOR_KEY):
            folder = open_.target.project.root / ".flowvigil"
            if background.stop(folder / "relay"):
                console.note("stopped the relay")
            emulator.stop(folder / "emulator")
            console.note("stopped the pretend cloud")
