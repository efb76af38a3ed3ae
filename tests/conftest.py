"""What holds for every test: Ctrl-C is heard, also where a shell started them in the background; our wheel; a port.

At the end stands how long each proof took.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests import ports
from tests.proofs.timing import lines

ROOT = Path(__file__).parents[1]
SHIPPED = ("pyproject.toml", "LICENSE", "README.md", "__main__.py", "flowvigil", "policies")


# The same examples each time, for as long as they take: no machine that is busy fails.
settings.load_profile("ci")


def pytest_configure():
    """A shell lets what it starts in the background ignore SIGINT, and every process that a test starts inherits it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter):
    """Print the time of each proof that ran."""
    reports = [one for group in terminalreporter.stats.values() for one in group if hasattr(one, "duration")]
    if told := lines(reports):
        terminalreporter.section("time of each proof")
        terminalreporter.write_line("\n".join(told))


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
    return ports.free_port()
