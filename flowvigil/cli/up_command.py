"""`flowvigil up`: recover, refuse what is foreign, run the engine, verify."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import click

from flowvigil.provisioner.approval import OVERRIDE

from .console import BAD_INPUT, FINDINGS, Console, Exit, lang_option, need_a_person
from .opening import opened, stack_option


@click.command()
@stack_option
@lang_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask before changing anything.")
@click.option("--skip-preview", is_flag=True, help="Change without showing a preview first.")
@click.option("--refresh", is_flag=True, help="Read everything from the cloud first, and mend what others changed.")
@click.option(
    "--parallel",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="Calls under way at once (CMS allows 20/s).",
)
@click.option("--override", metavar="REASON", help="Apply what nobody approved; the reason is logged.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document at the end, the progress beside it.")
def command(
    *, stack: str | None, yes: bool, skip_preview: bool, refresh: bool, parallel: int, override: str, as_json: bool
) -> None:
    """Bring the stack to what the specs say, then read the rules back."""
    from flowvigil.deploy import steps

    from .outcome import recorded

    console = Console(aside=as_json)
    flags = {"--yes": yes, "--skip-preview": skip_preview, "--refresh": refresh}
    options = ["--parallel", str(parallel), *(flag for flag, on in flags.items() if on)]
    with recorded(console, stack) as outcome, opened(stack, console) as open_:
        outcome.stack = open_.session.stack
        if not (yes or skip_preview):
            need_a_person()
        session, message = _overridden(open_.session, override)
        ended = steps.up(open_.target, session, open_.cloud, console.note, [*options, *message])
        outcome.finish(ended, open_.target.plan.objects)
        outcome.outputs = session.outputs() if as_json else {}
        outcome.findings = steps.check(open_.target, open_.session, open_.cloud)
        tell(outcome.findings, VERIFIED, console)


def _overridden(session: Any, reason: str | None) -> tuple[Any, list[str]]:
    """The session that carries the reason for an override, and the options that put it into the history."""
    if reason is None:
        return session, []
    if not reason.strip():
        raise Exit(BAD_INPUT, "--override needs a reason, such as --override 'incident 4711: the pager is silent'")
    environment = {**session.environment, OVERRIDE: reason}
    return replace(session, environment=environment), ["--message", f"approval overridden: {reason}"]


VERIFIED = "verified: every planned rule is in the cloud as planned"


def tell(findings: Sequence[Any], verified: str, console: Console, changed: Collection[str] = ()) -> None:
    """Say what was found and how to repair it, or that all is well; ends the command with exit code 1 if it is not.

    `changed` are the flows whose specs are not what the last `up` applied.
    """
    if not findings:
        console.say(verified)
        return
    for finding in findings:
        console.error(str(finding))
    ways = sorted({_way(finding, changed) for finding in findings} - {""})
    counted, them = ("1 finding", "it") if len(findings) == 1 else (f"{len(findings)} findings", "them")
    raise Exit(FINDINGS, counted + (f"; repair {them} with: {' and '.join(ways)}" if ways else ""))


def _way(finding: Any, changed: Collection[str]) -> str:
    """The command that repairs it; empty where only an editor can."""
    if finding.rule == "approval":
        return "flowvigil review --approve"
    if finding.rule in ("unreported", "unwatched", "rewritten"):
        return ""
    if finding.flow in changed:
        return "flowvigil up"
    return "flowvigil verify --repair" if finding.template else "flowvigil up --refresh"
