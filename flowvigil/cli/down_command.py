"""`flowvigil down`: remove what the stack made; stop the pretend cloud if the stack lives on it."""

from __future__ import annotations

import click

from .console import MISSING, Console, Exit
from .opening import opened, stack_option


@click.command()
@stack_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask before removing anything.")
def command(stack: str | None, yes: bool) -> None:  # noqa: FBT001
    """Remove what the stack made. Protected log projects and stores stay."""
    from flowvigil import emulator
    from flowvigil.deploy.session import EMULATOR_KEY

    console = Console()
    with opened(stack, console) as open_:
        open_.session.prepare()
        ended = open_.session.run("destroy", "--stack", open_.session.stack, *(["--yes"] if yes else []))
        if ended:
            raise Exit(MISSING)
        if open_.target.project.config(open_.session.stack).get(EMULATOR_KEY):
            emulator.stop(open_.target.project.root / ".flowvigil" / "emulator")
            console.note("stopped the pretend cloud")
