"""What only shows when all flows are seen together: two files for one flow, a former id that still exists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .problem import Finding


@dataclass(frozen=True, slots=True)
class Claim:
    """Which flow a file describes, and which former id it names."""

    file: str
    flow: str
    renamed_from: str | None = None


def across(claims: Iterable[Claim], shown: Callable[[str], str]) -> list[Finding]:
    """All findings; `shown` gives a file's path as messages name it."""
    claims = list(claims)
    first: dict[str, str] = {}
    former: dict[str, str] = {}
    findings = []
    for claim in claims:
        if claim.flow in first:
            findings.append(_finding(claim, "flow", "two-files", shown(first[claim.flow])))
        first.setdefault(claim.flow, claim.file)
    for claim in claims:
        old = claim.renamed_from
        if old in first:
            findings.append(_finding(claim, "renamed_from", "still-there", shown(first[old])))
        elif old in former:
            findings.append(_finding(claim, "renamed_from", "renamed-twice", shown(former[old])))
        if old:
            former.setdefault(old, claim.file)
    return findings


def _finding(claim: Claim, key: str, id_: str, other: str) -> Finding:
    value = claim.flow if key == "flow" else claim.renamed_from
    return Finding(claim.file, (key,), id_, (("value", value), ("other", other)))
