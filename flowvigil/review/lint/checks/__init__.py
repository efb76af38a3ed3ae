"""All checks, by name."""

from __future__ import annotations

from ..check import Check
from . import (
    comments,
    delivery,
    failures,
    hours,
    inside,
    latency,
    live,
    owners,
    quotas,
    robots,
    shapes,
    silence,
    streaks,
    thresholds,
    timing,
)

_FAMILIES = (
    latency, inside, failures, streaks, silence, hours, thresholds, timing, owners, delivery, robots, shapes, quotas,
    comments, live,
)  # fmt: skip

CHECKS: dict[str, Check] = {
    one.id: one for family in _FAMILIES for one in vars(family).values() if isinstance(one, Check)
}
"""Every check that is made here or by the reading, in the order of its family."""

OF_PROBLEM = {one.problem: one for one in CHECKS.values() if one.problem}
"""Checks that the reading makes, by the id of its problem."""
