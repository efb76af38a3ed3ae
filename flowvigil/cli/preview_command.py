"""`flowvigil preview`: what `up` would change, from the real engine."""

from __future__ import annotations

import click

from .console import FINDINGS, MISSING, REFUSED, Console, Exit
from .opening import opened, stack_option
from .up_command import POLICY_VIOLATED

CHANGES_FOUND = 8  # the engine's exit code when changes were found and none expected


@click.command()
@stack_option
@click.option("--diff", is_flag=True, help="Show every property that would change.")
@click.option("--expect-no-changes", is_flag=True, help="Exit with 1 if anything would change.")
@click.option("--json", "as_json", is_flag=True, help="The engine's own JSON.")
def command(stack: str | None, diff: bool, expect_no_changes: bool, as_json: bool) -> None:  # noqa: FBT001
    """Show what `up` would change, and change nothing."""
    from flowvigil.deploy import steps

    console = Console()
    flags = {"--diff": diff, "--expect-no-changes": expect_no_changes, "--json": as_json}
    with opened(stack, console) as open_:
        ended = steps.preview(open_.target, open_.session, console.note, [flag for flag, on in flags.items() if on])
    if ended:
        raise Exit({POLICY_VIOLATED: REFUSED, CHANGES_FOUND: FINDINGS}.get(ended, MISSING))
