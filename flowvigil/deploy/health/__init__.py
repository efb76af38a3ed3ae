"""What `flowvigil doctor` looks at: this machine, this project, each stack and the account behind it.

Looks and never mends; every check says what would be right.
"""

from __future__ import annotations

from .check import Check, State
from .examination import examine

__all__ = ["Check", "State", "examine"]
