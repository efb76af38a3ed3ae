"""What to run so that a project's requirements are installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .interpreter import choose


def commands(options: Mapping[str, Any], root: Path, folder: Path, environ: Mapping[str, str]) -> Iterator[list[str]]:
    """The commands in order: a virtual environment if one is named and absent, then pip if there is a list for it."""
    named = options.get("virtualenv")
    if named and not (root / str(named) / "bin" / "python").exists():
        yield [environ.get("PULUMI_PYTHON_CMD") or sys.executable, "-m", "venv", str(root / str(named))]
    wanted = ["-r", "requirements.txt"] if (folder / "requirements.txt").exists() else []
    if not wanted and named and (folder / "pyproject.toml").exists():
        wanted = ["-e", "."]
    if wanted:
        python = choose(options, root, environ).python
        yield [python, "-m", "pip", "install", "--disable-pip-version-check", *wanted]
