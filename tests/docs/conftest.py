"""What commands of a document need around them: our wheel where pip looks, and a port nobody uses."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("pyproject.toml", "LICENSE", "README.md", "__main__.py", "flowvigil", "policies")


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """A folder with a wheel of this working copy, built away from it."""
    source = tmp_path_factory.mktemp("source")
    for name in SHIPPED:
        path = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(path, source / name, symlinks=True, ignore=ignored) if path.is_dir() else shutil.copy(
            path, source / name
        )
    folder = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", str(folder), "."]
    subprocess.run(command, cwd=source, check=True, timeout=120)
    return folder


@pytest.fixture
def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
