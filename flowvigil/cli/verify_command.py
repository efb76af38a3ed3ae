"""`flowvigil verify`: the cloud's rules against the plan, and what the live service does that nobody documents."""

from __future__ import annotations

from dataclasses import asdict

import click

from flowvigil.deploy.probe.inquiry import FAMILIES

from .console import BAD_INPUT, FINDINGS, Console, Exit
from .opening import opened, stack_option
from .up_command import report


@click.command()
@stack_option
@click.option("--repair", is_flag=True, help="Apply templates again whose rules are missing or differ.")
@click.option("--probe", is_flag=True, help="Ask what the service does where its documentation is silent.")
@click.option("--family", "families", multiple=True, type=click.Choice(FAMILIES), help="Ask only these; repeatable.")
@click.option("--callback", default="", metavar="URL", help="How the service reaches this machine, for callbacks.")
@click.option("--listen", default=0, type=click.IntRange(0, 65535), help="The port that --callback leads to.")
@click.option("--clean", is_flag=True, help="Remove what a probe that was killed left behind.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before probing or cleaning.")
@click.option("--json", "as_json", is_flag=True, help="The findings, or the facts, as JSON.")
def command(
    *, stack: str | None, repair: bool, probe: bool, families: tuple[str, ...], callback: str, listen: int,
    clean: bool, yes: bool, as_json: bool,
) -> int | None:  # fmt: skip
    """Read the rules back from the cloud and compare them with the specs."""
    if sum((repair, probe, clean)) > 1:
        raise Exit(BAD_INPUT, "--repair, --probe and --clean are three different things: one at a time")
    if (families or callback or listen) and not probe:
        raise Exit(BAD_INPUT, "--family, --callback and --listen belong to --probe")
    if not probe and not clean:
        _compare(stack, repair=repair, as_json=as_json)
        return None
    from . import probing

    if clean:
        return probing.clean(stack, yes=yes)
    return probing.ask(stack, families, callback, listen, yes=yes, as_json=as_json)


def _compare(stack: str | None, *, repair: bool, as_json: bool) -> None:
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
