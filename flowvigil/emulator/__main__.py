"""What `start` runs in the detached process; people use `flowvigil run emulator`."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from flowvigil.emulator.server import serve

asked = json.loads(sys.argv[1])
serve(
    socket.socket(fileno=asked["fd"]), Path(asked["state"]) if asked["state"] else None, asked["profile"], asked["keys"]
)
