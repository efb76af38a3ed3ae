"""Lint: judges monitors as a person on call would, and points at the value that is to blame.

`judge` finds, `CHECKS` says what is looked for. Knows the spec room's readings and the words of the plan; knows no
terminal, no cloud and no Pulumi.
"""

from __future__ import annotations

from .check import Check, Grade
from .checks import CHECKS
from .checks.live import Facts
from .finding import Finding, in_order, visible
from .judging import Wish, judge

__all__ = ["CHECKS", "Check", "Facts", "Finding", "Grade", "Wish", "in_order", "judge", "visible"]
