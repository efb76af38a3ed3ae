"""Runs the engine once and reads from its event log why it ended as it did, in words that say what to do.

Facts: exit codes of pulumi 3.259 (pkg/cmd/pulumi/cmd/exit_codes.go); a violated policy is a general error there, so
only the event log tells it from a failed call. The log's flag exists where PULUMI_DEBUG_COMMANDS is set.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from .exported import key_of
from .redaction import redact
from .session import Session

_COMPLAINTS = ('"policyEvent"', '"severity":"error"')
_ACTS = ('"resOutputsEvent"', '"resOpFailedEvent"')
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
class Step:
    """What a run did to one object: `op` is the engine's word, such as `create`. `failed`: it was tried in vain."""

    op: str
    urn: str
    failed: bool = False

    @property
    def key(self) -> str:
        """The object's key in the plan."""
        return key_of(self.urn)


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of one run. `errors` are what policies, the provider or the program said, by key of the plan.

    `steps` and `kept`, the keys of what left the stack but stays in the cloud, are told of a session that is `aside`.
    """

    end: End
    errors: tuple[tuple[str, str], ...] = ()
    steps: tuple[Step, ...] = ()
    kept: tuple[str, ...] = ()


class InterruptedRun(KeyboardInterrupt):
    """A person ended a run, which did until then what `ended` says."""

    def __init__(self, ended: Ended) -> None:
        super().__init__()
        self.ended = ended


def run(session: Session, *arguments: str) -> Ended:
    """Run the engine with its output where the session says. Raises InterruptedRun after Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="flowvigil-") as folder:
        log = Path(folder) / "events.json"
        known = replace(session, environment={**session.environment, "PULUMI_DEBUG_COMMANDS": "true"})
        try:
            return _ended(log, known.run(*arguments, "--event-log", str(log)), told=session.aside)
        except KeyboardInterrupt:
            raise InterruptedRun(_ended(log, CANCELLED, told=session.aside)) from None


def _ended(log: Path, code: int, *, told: bool) -> Ended:
    events = list(_events(log, _COMPLAINTS)) if code else []
    acts = list(_acts(log)) if told else []
    return Ended(_end(code, events), tuple(_errors(events)), tuple(_steps(acts)), tuple(_kept(acts)))


def _events(log: Path, marks: Iterable[str]) -> Iterator[dict[str, Any]]:
    if log.exists():
        with log.open(encoding="utf-8") as lines:
            for line in lines:
                if any(mark in line for mark in marks):
                    with suppress(ValueError):  # an engine that was killed leaves half a line
                        yield json.loads(line)


def _end(code: int, events: Iterable[dict[str, Any]]) -> End:
    ends = {0: End.DONE, CHANGES_FOUND: End.CHANGES_FOUND, CANCELLED: End.INTERRUPTED}
    ends |= {BAD_ARGUMENTS: End.BAD_INPUT, NO_SUCH_STACK: End.BAD_INPUT}
    violated = any(one.get("policyEvent", {}).get("enforcementLevel") == "mandatory" for one in events)
    return End.REFUSED if violated and code else ends.get(code, End.FAILED)


def _errors(events: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in events:
        said, broken = one.get("diagnosticEvent", {}), one.get("policyEvent", {})
        if said.get("severity") == "error":
            yield key_of(said.get("urn", "")), _plain(said["message"])
        if broken.get("enforcementLevel") == "mandatory":
            yield key_of(broken.get("resourceUrn", "")), _plain(f"{broken.get('policyName', '')}: {broken['message']}")


def _acts(log: Path) -> Iterator[tuple[dict[str, Any], bool]]:
    """What was done and what failed, without what was only planned."""
    for one in _events(log, _ACTS):
        failed = "resOpFailedEvent" in one
        event = one["resOpFailedEvent" if failed else "resOutputsEvent"]
        if not event.get("planning"):
            yield event["metadata"], failed


def _steps(acts: Iterable[tuple[dict[str, Any], bool]]) -> Iterator[Step]:
    """One step for each object, as a preview lists them: the parts of a replacement are not logical steps."""
    for one, failed in acts:
        default = one["type"].startswith("pulumi:providers:") and key_of(one["urn"]).startswith("default")
        if (failed or one.get("logical")) and not default:
            yield Step(one["op"], one["urn"], failed)


def _kept(acts: Iterable[tuple[dict[str, Any], bool]]) -> Iterator[str]:
    for one, failed in acts:
        if one["op"].startswith("delete") and not failed and (one.get("old") or {}).get("retainOnDelete"):
            yield key_of(one["urn"])


def _plain(text: str) -> str:
    return redact(re.sub(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m", "", text).strip())
