"""`flowvigil preview`: what `up` would change, from the real engine."""

from __future__ import annotations

import click

from .console import BAD_INPUT, Console, Exit, lang_option
from .opening import opened, stack_option


@click.command()
@stack_option
@lang_option
@click.option("--diff", is_flag=True, help="Show every property that would change.")
@click.option("--refresh", is_flag=True, help="Read everything from the cloud first, to see what others changed.")
@click.option("--expect-no-changes", is_flag=True, help="Exit with 1 if anything would change.")
@click.option("--json", "as_json", is_flag=True, help="The engine's own JSON.")
@click.option("--base", metavar="REF", help="Preview against this commit, brought up on a throw-away pretend cloud.")
@click.option(
    "--against",
    type=click.Choice(["base", "live"]),
    help="Against which state; live is the real stack, where nothing is written and --base says what is not at REF.",
)
def command(
    *,
    stack: str | None,
    diff: bool,
    refresh: bool,
    expect_no_changes: bool,
    as_json: bool,
    base: str | None,
    against: str | None,
) -> None:
    """Show what `up` would change, and change nothing.

    With --base it needs no key and no account: what differs from that commit is shown, not what is live.
    With --against live a role that may only read is enough.
    """
    console = Console()
    flags = {"--diff": diff, "--refresh": refresh, "--expect-no-changes": expect_no_changes, "--json": as_json}
    options = [flag for flag, on in flags.items() if on]
    if against == "live":
        from .looking import preview_live

        preview_live(base, stack, options, console)
    elif base:
        from .trying import preview_against

        preview_against(base, stack, options, console)
    elif against:
        raise Exit(BAD_INPUT, "--against base needs the commit: --base origin/main")
    else:
        _preview(stack, options, console)


def _preview(stack: str | None, options: list[str], console: Console) -> None:
    from flowvigil.deploy import steps

    from .ending import finish

    with opened(stack, console) as open_:
        finish(steps.preview(open_.target, open_.session, console.note, options), open_.session.stack)
