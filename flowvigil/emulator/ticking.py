"""Makes the rules of a pretend cloud judge as real time passes; a virtual clock is moved by its door instead."""

from __future__ import annotations

import asyncio
import sys
import traceback

from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.world import World

STEP_S = 2.0
MISSED_MS = 600_000
"""Runs of alerts that were missed for longer, because nothing ran here, are not made up for."""


async def ticking(world: World) -> None:
    """Run until cancelled; a failure is printed and the next step tries again."""
    calling = asyncio.ensure_future(world.callbacks.flush())
    while True:
        try:
            if not isinstance(world.now, VirtualClock):
                world.judge(world.now(), MISSED_MS)
            if calling.done():
                calling = asyncio.ensure_future(world.callbacks.flush())
        except Exception:
            traceback.print_exc(file=sys.stderr)
        await asyncio.sleep(STEP_S)
