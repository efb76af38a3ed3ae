"""What `start` runs in the detached process; people use `flowvigil run emulator`."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from flowvigil.emulator.server import opened, serve
from flowvigil.emulator.state import StateError

asked = json.loads(sys.argv[1])
folder = Path(asked["state"]) if asked["state"] else None
try:
    cloud = opened(folder, asked["profile"], asked["keys"], asked["clock"], asked["facts"])
    serve(socket.socket(fileno=asked["fd"]), cloud)
except StateError as error:
    sys.exit(str(error))
