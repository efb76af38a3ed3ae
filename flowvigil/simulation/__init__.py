"""Traffic for flows that nobody runs: named shapes, measured by the real reporter, sent over real sockets.

Knows the reporter and how to reach a pretend cloud; knows nothing of specs, plans or the page.
"""

from __future__ import annotations

from .drive import Drive, Report
from .relayed import Follower
from .shapes import SHAPES, Shape

__all__ = ["SHAPES", "Drive", "Follower", "Report", "Shape"]
