"""Compares for `flowvigil verify`: rules in the cloud with the plan, flows that there are with those watched."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .console import BAD_INPUT, FINDINGS, MISSING, Console, Exit
from .opening import open_target, opened
from .up_command import VERIFIED, tell

if TYPE_CHECKING:
    from flowvigil.deploy.project import Target
    from flowvigil.deploy.verify import Finding


def compare(
    *, stack: str | None, repair: bool, langflow: str | None, code: Path | None, offline: bool, as_json: bool
) -> None:
    """Say what differs; ends the command with exit code 1 if anything does."""
    console = Console()
    changed: set[str] = set()
    if offline:
        if repair or not (langflow or code):
            raise Exit(
                BAD_INPUT, "--offline compares specs with --langflow or --code; give one of them, and no --repair"
            )
        findings = _gaps(open_target(stack), langflow, code)
        verified = "verified: every flow that there is has a spec, and every spec its flow"
    else:
        findings, changed = _findings(stack, console, repair=repair, langflow=langflow, code=code)
        verified = VERIFIED
    if as_json:
        console.json([asdict(finding) for finding in findings])
        raise Exit(FINDINGS if findings else 0)
    tell(findings, verified, console, changed)


def _findings(
    stack: str | None, console: Console, *, repair: bool, langflow: str | None, code: Path | None
) -> tuple[list[Finding], set[str]]:
    """What differs, and the flows whose specs are not what the last `up` applied."""
    from flowvigil.deploy import steps
    from flowvigil.deploy.approvals import applied

    with opened(stack, console) as open_:
        gaps = _gaps(open_.target, langflow, code)
        if repair:
            steps.repair(
                open_.target, open_.session, open_.cloud, steps.check(open_.target, open_.session, open_.cloud)
            )
        findings = [*steps.check(open_.target, open_.session, open_.cloud), *gaps]
        there = applied(open_.session.state())
        changed = {flow for flow, value in open_.target.plan.slices.items() if there.get(flow) != value}
        return findings, changed


def _gaps(target: Target, langflow: str | None, code: Path | None) -> list[Finding]:
    """What does not meet, as findings; ends the command if a side cannot be read."""
    from flowvigil.deploy.verify import Finding
    from flowvigil.telemetry.code import CodeError, coded
    from flowvigil.telemetry.joining import gaps
    from flowvigil.telemetry.langflow import SCHEMES, ListingError, listed

    try:
        flows = listed(langflow) if langflow else None
        named = coded(code) if code else None
    except ListingError as error:
        code_ = MISSING if str(langflow).startswith(SCHEMES) else BAD_INPUT
        raise Exit(code_, f"--langflow {error}") from error
    except CodeError as error:
        raise Exit(BAD_INPUT, f"--code {error}") from error
    return [Finding(one.flow, one.kind, one.message) for one in gaps(target.monitors.monitors, flows, named)]
