"""Comments that ignore a finding for a while: `# flowvigil: ignore CHECK until DATE because REASON`.

A comment speaks of the key on its own line, or of the next one if it stands alone, and of all below that key.
What the reading refuses cannot be ignored. Today is handed in.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flowvigil.provisioner.spec import Place, Reading
from flowvigil.provisioner.spec.remarks import MARK, Remark, remarks

from .check import Check
from .checks import CHECKS, comments
from .finding import Finding, of_check

_SAID = re.compile(
    r"ignore\b[ ]*(?P<ids>(?!until\b|because\b)[^\s,]+(?:[ ]*,[ ]*[^\s,]+)*)?"
    r"(?:[ ]+until[ ]+(?P<until>\S+))?(?:[ ]+because[ ]+(?P<why>\S.*))?"
)


@dataclass(frozen=True, slots=True)
class Ignore:
    """One check that one comment ignores."""

    name: str
    remark: Remark
    check: str
    until: date


@dataclass(slots=True)
class Ignored:
    """All comments of a folder: what they ignore, and what is wrong with themselves."""

    ignores: list[Ignore]
    faults: list[Finding]


def marked(reading: Reading) -> list[str]:
    """The files with such a comment."""
    return [name for name in reading.files if MARK in reading.text(name)]


def read_ignores(reading: Reading, names: Sequence[str], today: date) -> Ignored:
    """Every comment of these files."""
    found = Ignored([], [])
    for name in names:
        for remark in remarks(reading.text(name)):
            _read(reading, name, remark, today, found)
    return found


def _read(reading: Reading, name: str, remark: Remark, today: date, found: Ignored) -> None:
    match = _SAID.match(remark.text)
    until = _day(match["until"]) if match and match["until"] else None
    lack = "check" if not match or not match["ids"] else "date" if until is None else "" if match["why"] else "reason"
    if lack or until is None or match is None:
        found.faults.append(_fault(reading, name, remark, comments.incomplete, lack=lack))
        return
    for id_ in re.split(r"[ ]*,[ ]*", match["ids"]):
        known = CHECKS.get(id_)
        if known is None or known.about in ("language", "comment"):
            near = [] if known else difflib.get_close_matches(id_, CHECKS, n=1)
            nearest = f"{near[0]}? " if near else ""
            found.faults.append(_fault(reading, name, remark, comments.unknown, check=id_, nearest=nearest))
        elif until < today:
            found.faults.append(_fault(reading, name, remark, comments.expired, until=until.isoformat()))
        else:
            found.ignores.append(Ignore(name, remark, id_, until))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _fault(reading: Reading, name: str, remark: Remark, made: Check, **values: object) -> Finding:
    place = Place(name, reading.shown(name), remark.line, remark.column, remark.width, ())
    return of_check(made, place, values)


def split(reading: Reading, ignored: Ignored, findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings that nobody ignores, and one for each comment that ignores nothing."""
    covers = {id(one): _covered(reading, one) for one in ignored.ignores}
    used: set[int] = set()
    for finding in findings:
        hits = [one for one in ignored.ignores if _speaks_of(one, covers[id(one)], finding)]
        used.update(map(id, hits))
        if not hits:
            yield finding
    for one in ignored.ignores:
        if id(one) not in used:
            yield _fault(reading, one.name, one.remark, comments.unused, check=one.check)


def _covered(reading: Reading, one: Ignore) -> frozenset[int]:
    """The lines of the keys at and below the one that a comment speaks of."""
    keys = list(reading.keys(one.name))
    tops = [path for path, line in keys if line == one.remark.target]
    below = {line for path, line in keys if any(path[: len(top)] == top for top in tops)}
    return frozenset({one.remark.target, *below})


def _speaks_of(one: Ignore, lines: frozenset[int], finding: Finding) -> bool:
    return (one.check, one.name) == (finding.id, finding.name) and finding.line in lines
