"""Runs the engine once and reads from its event log why it ended as it did, in words that say what to do.

Facts: exit codes of pulumi 3.259 (pkg/cmd/pulumi/cmd/exit_codes.go); a violated policy is a general error there, so
only the event log tells it from a failed call. The log's flag exists where PULUMI_DEBUG_COMMANDS is set.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from .redaction import redact
from .session import Session

BAD_ARGUMENTS, NO_SUCH_STACK, CHANGES_FOUND, CANCELLED = 2, 6, 7, 8


class End(Enum):
    """How a run of the engine ended."""

    DONE = "done"
    CHANGES_FOUND = "changes were found where none were expected"
    BAD_INPUT = "the engine was asked for something that makes no sense"
    REFUSED = "a policy refused it"
    INTERRUPTED = "a person ended it"
    FAILED = "a call failed"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of one run. `errors` are what the provider or the program said, by key of the plan."""

    end: End
    errors: tuple[tuple[str, str], ...] = ()


def run(session: Session, *arguments: str) -> Ended:
    """Run the engine with its output on our terminal."""
    with tempfile.TemporaryDirectory(prefix="flowvigil-") as folder:
        log = Path(folder) / "events.json"
        known = replace(session, environment={**session.environment, "PULUMI_DEBUG_COMMANDS": "true"})
        code = known.run(*arguments, "--event-log", str(log))
        events = list(_events(log)) if code else []
    return Ended(_end(code, events), tuple(_errors(events)))


def _events(log: Path) -> Iterator[dict[str, Any]]:
    if log.exists():
        with log.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if '"policyEvent"' in line or '"severity":"error"' in line)


def _end(code: int, events: Iterable[dict[str, Any]]) -> End:
    ends = {0: End.DONE, CHANGES_FOUND: End.CHANGES_FOUND, CANCELLED: End.INTERRUPTED}
    ends |= {BAD_ARGUMENTS: End.BAD_INPUT, NO_SUCH_STACK: End.BAD_INPUT}
    violated = any(one.get("policyEvent", {}).get("enforcementLevel") == "mandatory" for one in events)
    return End.REFUSED if violated and code else ends.get(code, End.FAILED)


def _errors(events: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in events:
        said = one.get("diagnosticEvent", {})
        if said.get("severity") == "error":
            yield said.get("urn", "").rsplit("::", 1)[-1], _plain(said["message"])


def _plain(text: str) -> str:
    return redact(re.sub(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m", "", text).strip())
