"""A pretend cloud on the loopback: HTTP in, state, answers as the services give them. Knows nothing of our plans.

It speaks only the wire format, so that agreement with the provisioner proves something.
"""

from __future__ import annotations

from flowvigil.emulator.background import health, running, start, stop
from flowvigil.emulator.listening import DEFAULT_PORT, EmulatorError
from flowvigil.emulator.state import StateError

__all__ = ["DEFAULT_PORT", "EmulatorError", "StateError", "health", "running", "start", "stop"]
