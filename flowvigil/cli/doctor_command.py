"""`flowvigil doctor`: what is in the way on this machine, in this project, and in the account behind each stack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .console import CLEAN, FINDINGS, MISSING, Console, lang_option, language

if TYPE_CHECKING:
    from flowvigil.deploy.health import Check


@click.command()
@click.option("-s", "--stack", metavar="NAME", help="Only this stack; by default all of the project.")
@lang_option
@click.option("--json", "as_json", is_flag=True, help="The checks as JSON.")
def command(*, stack: str | None, as_json: bool) -> int:
    """Check this machine and this project. Ends with 1 if something is wrong, 3 if something is missing."""
    from flowvigil.deploy.health import examine

    console, checks = Console(), []
    for check in examine(Path.cwd(), stack, language()):
        checks.append(check)
        if not as_json:
            console.say(_line(check))
    if as_json:
        console.json(
            [{"about": one.about, "state": one.state.value, "found": one.found, "right": one.right} for one in checks]
        )
    return _code(checks)


def _line(check: Check) -> str:
    right = f"\n{'':9}→ {check.right}" if check.right else ""
    return f"{check.state.value:8} {check.about}: {check.found}{right}"


def _code(checks: Sequence[Check]) -> int:
    from flowvigil.deploy.health import State

    states = {check.state for check in checks}
    if State.MISSING in states:
        return MISSING
    return FINDINGS if State.BAD in states else CLEAN
