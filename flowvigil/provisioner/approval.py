"""What was approved, and whether a plan may be applied: the hashes of monitors.lock against those of the plan.

Pure. Each line of the lock is `stack flow hash`, so that two people who approve different flows rarely meet in a
merge and git names who approved which line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .plan import Plan

LOCK = "monitors.lock"
OVERRIDE = "FLOWVIGIL_OVERRIDE"
"""Environment variable with the reason why what is not approved is applied all the same."""

SHARED = "(shared)"
"""How the lock names the part of a plan that belongs to no flow."""

HEAD = "# Approved slices: stack, flow, hash. Written by: flowvigil review --approve\n"
_LINE = re.compile(r"([A-Za-z0-9_-]+) ([A-Za-z0-9._-]+|\(shared\)) ([0-9a-f]{16})")

Approved = Mapping[str, Mapping[str, str]]


class LockError(ValueError):
    """monitors.lock cannot be read; the text names the line and what would be right."""


@dataclass(frozen=True, slots=True)
class Unapproved:
    """A part of a plan that nobody approved. `approved` is the hash that was, empty if none."""

    flow: str
    slice: str
    approved: str

    def __str__(self) -> str:
        known = f"approved is {self.approved}" if self.approved else "never approved"
        return f"{self.flow}: {self.slice} ({known})"


def slices(plan: Plan) -> dict[str, str]:
    """Every part of a plan by name: the shared one and one for each flow."""
    return {SHARED: plan.shared, **plan.slices}


def read_lock(text: str) -> dict[str, dict[str, str]]:
    """Hashes by stack and flow. Raises LockError for the first line that is none."""
    found: dict[str, dict[str, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise LockError(
                f"{LOCK} line {number}: must be `stack flow hash`; write it with: flowvigil review --approve"
            )
        stack, flow, value = match.groups()
        if found.setdefault(stack, {}).setdefault(flow, value) != value:
            raise LockError(f"{LOCK} line {number}: {flow} of {stack} has two hashes; approve it again")
    return found


def write_lock(approved: Approved) -> str:
    """The lock's text, sorted, the same for the same hashes."""
    lines = [
        f"{stack} {flow} {value}\n" for stack in sorted(approved) for flow, value in sorted(approved[stack].items())
    ]
    return HEAD + "".join(lines)


def line_of(text: str, stack: str, flow: str) -> int | None:
    """The number of a flow's line in the lock, from 1."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.split(" ")[:2] == [stack, flow]:
            return number
    return None


def unapproved(plan: Plan, approved: Mapping[str, str], applied: Mapping[str, str]) -> list[Unapproved]:
    """The parts of a plan that are neither approved nor applied already."""
    return [
        Unapproved(name, value, approved.get(name, ""))
        for name, value in slices(plan).items()
        if value not in (approved.get(name), applied.get(name))
    ]


def refusal(found: Iterable[Unapproved], stack: str) -> str:
    """What to say when a plan may not be applied, and what to do."""
    lines = "\n".join(f"  {one}" for one in found)
    return (
        f"nothing was changed, because stack {stack} applies only what was approved, and these were not:\n{lines}\n"
        f"Have them reviewed, then write {LOCK} with: flowvigil review --approve -s {stack}, and commit it.\n"
        f'In an emergency: {OVERRIDE}="the reason" pulumi up, or flowvigil up --override "the reason".'
    )
