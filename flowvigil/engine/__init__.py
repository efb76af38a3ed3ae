"""The engine room: finds, downloads or builds the three parts of Pulumi, and keeps ours in the user's cache.

It knows nothing of monitors, plans or clouds; the other rooms ask `find()` and use `Engine.environment()`.
"""

from __future__ import annotations

from .assembly import Engine, find
from .parts import EngineMissing

__all__ = ["Engine", "EngineMissing", "find"]
