"""Ends a command as the engine's run ended: its exit code, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

from flowvigil.deploy.reasons import advice, taken
from flowvigil.deploy.running import End, Ended
from flowvigil.provisioner.objects import Object

from .console import BAD_INPUT, FINDINGS, INTERRUPTED, MISSING, REFUSED, Exit

CODES = {
    End.CHANGES_FOUND: FINDINGS,
    End.BAD_INPUT: BAD_INPUT,
    End.REFUSED: REFUSED,
    End.INTERRUPTED: INTERRUPTED,
    End.FAILED: MISSING,
}


def finish(ended: Ended, stack: str, planned: Iterable[Object] = ()) -> None:
    """Return after a run that is done; raise Exit after any other, with what to do about it."""
    if ended.end is not End.DONE:
        raise Exit(REFUSED if taken(ended) else CODES[ended.end], "\n\n".join(advice(ended, stack, planned)))
