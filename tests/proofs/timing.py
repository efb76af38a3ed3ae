"""How long each proof took, for whoever waits for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

PROOFS = ("tests/proofs/", "tests/fields/", "tests/spec/test_never_a_traceback.py")


class Report(Protocol):
    """What pytest tells of the set-up, the call or the end of a test."""

    nodeid: str
    duration: float


def lines(reports: Iterable[Report]) -> list[str]:
    """A line for each file of proofs, the longest first; what its tests share counts for the file."""
    seconds: dict[str, float] = defaultdict(float)
    for one in reports:
        if one.nodeid.startswith(PROOFS):
            seconds[one.nodeid.partition("::")[0]] += one.duration
    return [f"{spent:7.1f} s  {file}" for file, spent in sorted(seconds.items(), key=lambda item: -item[1])]
