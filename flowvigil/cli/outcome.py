"""What `up` and `down` did, as one JSON document: printed when the command ends, however it ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import click

from flowvigil.deploy.foreign import Foreign
from flowvigil.deploy.reasons import in_the_way
from flowvigil.deploy.redaction import redact
from flowvigil.deploy.running import End, Ended
from flowvigil.deploy.verify import Finding
from flowvigil.provisioner.objects import Object

from .console import CLEAN, INTERRUPTED, Console, Exit
from .ending import finish


@dataclass
class Outcome:
    """What is known of the command so far. `findings` None means that nothing was read back."""

    stack: str = ""
    ended: Ended = field(default_factory=lambda: Ended(End.DONE))
    planned: Sequence[Object] = ()
    findings: Sequence[Finding] | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def finish(self, ended: Ended, planned: Sequence[Object] = ()) -> None:
        """Keep how the engine's run ended; raises Exit unless it is done."""
        self.ended, self.planned = ended, planned
        finish(ended, self.stack, planned)

    def document(self, code: int, said: str, foreign: Iterable[Foreign], duration_ns: int) -> dict[str, Any]:
        """Everything, also what is empty. `steps`, `changeSummary` and `duration` (ns) are as in `preview --json`."""
        run = self.ended
        return {
            "stack": self.stack,
            "exitCode": code,
            "message": redact(said),
            "steps": [_step(one.op, one.urn, one.key, failed=one.failed) for one in run.steps],
            "changeSummary": dict(sorted(Counter(one.op for one in run.steps if not one.failed).items())),
            "duration": duration_ns,
            "kept": list(run.kept),
            "errors": [{"name": key, "message": text} for key, text in run.errors],
            "foreign": [asdict(one) for one in (*foreign, *in_the_way(run, self.planned))],
            "findings": None if self.findings is None else [asdict(one) for one in self.findings],
            "outputs": dict(self.outputs),
        }


def _step(op: str, urn: str, name: str, *, failed: bool) -> dict[str, Any]:
    step = {"op": op, "urn": urn, "name": name}
    return {**step, "failed": True} if failed else step


@contextmanager
def recorded(console: Console, stack: str | None) -> Iterator[Outcome]:
    """An outcome to fill in; a console whose standard output is kept free gets its document at the end."""
    started = time.monotonic_ns()
    outcome = Outcome(stack or "")

    def told(code: int, said: str = "", foreign: Iterable[Foreign] = ()) -> None:
        if console.aside:
            console.json(outcome.document(code, said, foreign, time.monotonic_ns() - started))

    try:
        yield outcome
    except Exit as exit_:
        told(exit_.code, str(exit_), getattr(exit_.__cause__, "foreign", ()))
        raise
    except (KeyboardInterrupt, click.Abort) as interrupt:
        outcome.ended = getattr(interrupt, "ended", outcome.ended)
        told(INTERRUPTED, "interrupted")
        raise
    told(CLEAN)
