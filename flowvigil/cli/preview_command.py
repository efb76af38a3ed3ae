"""`flowvigil preview`: what `up` would change, from the real engine."""

from __future__ import annotations

import click

from .console import Console
from .opening import opened, stack_option


@click.command()
@stack_option
@click.option("--diff", is_flag=True, help="Show every property that would change.")
@click.option("--refresh", is_flag=True, help="Read everything from the cloud first, to see what others changed.")
@click.option("--expect-no-changes", is_flag=True, help="Exit with 1 if anything would change.")
@click.option("--json", "as_json", is_flag=True, help="The engine's own JSON.")
@click.option("--base", metavar="REF", help="Preview against this commit, brought up on a throw-away pretend cloud.")
def command(
    *, stack: str | None, diff: bool, refresh: bool, expect_no_changes: bool, as_json: bool, base: str | None
) -> None:
    """Show what `up` would change, and change nothing.

    With --base it needs no key and no account: what differs from that commit is shown, not what is live.
    """
    from flowvigil.deploy import steps

    from .ending import finish

    console = Console()
    flags = {"--diff": diff, "--refresh": refresh, "--expect-no-changes": expect_no_changes, "--json": as_json}
    if base:
        from .trying import preview_against

        preview_against(base, stack, [flag for flag, on in flags.items() if on], console)
        return
    with opened(stack, console) as open_:
        options = [flag for flag, on in flags.items() if on]
        finish(steps.preview(open_.target, open_.session, console.note, options), open_.session.stack)
