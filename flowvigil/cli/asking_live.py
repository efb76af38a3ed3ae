"""`lint --live`: asks a stack's account, or its pretend cloud, what the checks named live/… judge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flowvigil.provisioner import spec

from .console import BAD_INPUT, Console, Exit
from .opening import account

if TYPE_CHECKING:
    from flowvigil.deploy.live import Look


def check_scope(paths: Sequence[Path], environment: str | None) -> None:
    """Ends the command with exit code 2 where --live has nothing whole to judge."""
    if environment is not None:
        raise Exit(BAD_INPUT, "--live judges the stack's own environment: leave --env out")
    if len(paths) != 1 or spec.scope(paths[0]).only:
        raise Exit(BAD_INPUT, "--live judges the whole folder of a stack: name no single files")


def looked(stack: str | None) -> tuple[Look, str]:
    """What the account of the stack says, and the stack's environment."""
    from flowvigil.deploy.live import look
    from flowvigil.deploy.log_door import LogDoor
    from flowvigil.deploy.probe.waiting import clock_of

    console = Console()
    with account(stack, console) as open_:
        target = open_.target
        now = clock_of(target.pretend).now()
        found = look(target, open_.cloud, LogDoor(open_.cloud, target.pretend), now)
    for text in found.unasked:
        console.error(f"could not be asked: {text}")
    return found, target.stack.environment
