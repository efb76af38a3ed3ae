"""The real git, asked by somebody whose settings are not those of whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SOMEBODY = {
    "GIT_AUTHOR_NAME": "Li Si",
    "GIT_AUTHOR_EMAIL": "lisi@example.com",
    "GIT_COMMITTER_NAME": "Li Si",
    "GIT_COMMITTER_EMAIL": "lisi@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(folder: Path, *arguments: str) -> str:
    """What git says in that folder, which need not be a repository yet."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | SOMEBODY
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
