"""`flowvigil up`: recover, refuse what is foreign, run the engine, verify."""

from __future__ import annotations

import click

from .console import FINDINGS, MISSING, REFUSED, Console, Exit
from .opening import Open, opened, stack_option

POLICY_VIOLATED = 7  # the engine's exit code for a mandatory policy violation


@click.command()
@stack_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask before changing anything.")
@click.option("--skip-preview", is_flag=True, help="Change without showing a preview first.")
@click.option("--parallel", type=int, default=8, show_default=True, help="Calls under way at once (CMS allows 20/s).")
def command(stack: str | None, yes: bool, skip_preview: bool, parallel: int) -> None:  # noqa: FBT001
    """Bring the stack to what the specs say, then read the rules back."""
    from flowvigil.deploy import steps

    console = Console()
    with opened(stack, console) as open_:
        options = ["--parallel", str(parallel)]
        options += ["--yes"] if yes else []
        options += ["--skip-preview"] if skip_preview else []
        ended = steps.up(open_.target, open_.session, open_.cloud, console.note, options)
        if ended:
            raise Exit(REFUSED if ended == POLICY_VIOLATED else MISSING)
        report(open_, console)


def report(open_: Open, console: Console) -> None:
    """Verify and say the result; ends the command with exit code 1 if anything is not as planned."""
    from flowvigil.deploy import steps

    findings = steps.check(open_.target, open_.session, open_.cloud)
    if not findings:
        console.say("verified: every planned rule is in the cloud as planned")
        return
    for finding in findings:
        console.error(str(finding))
    raise Exit(FINDINGS, f"{len(findings)} findings; repair template-made rules with: flowvigil verify --repair")
