"""`flowvigil verify`: the cloud's rules against the plan."""

from __future__ import annotations

from dataclasses import asdict

import click

from .console import FINDINGS, Console, Exit
from .opening import opened, stack_option
from .up_command import report


@click.command()
@stack_option
@click.option("--repair", is_flag=True, help="Apply templates again whose rules are missing or differ.")
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
def command(stack: str | None, repair: bool, as_json: bool) -> None:  # noqa: FBT001
    """Read the rules back from the cloud and compare them with the specs."""
    from flowvigil.deploy import steps

    console = Console()
    with opened(stack, console) as open_:
        if repair:
            steps.repair(
                open_.target, open_.session, open_.cloud, steps.check(open_.target, open_.session, open_.cloud)
            )
        if not as_json:
            report(open_, console)
            return
        findings = steps.check(open_.target, open_.session, open_.cloud)
        console.json([asdict(finding) for finding in findings])
        raise Exit(FINDINGS if findings else 0)
