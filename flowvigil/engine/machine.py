"""What this machine has to give: free disk and memory, against what a build takes.

The figures were measured on two cores: the provider's compiler peaks at 6.4 GB, the command line's at 1.8 GB.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .parts import CLI, PROVIDER, EngineMissing

GB = 1_000_000_000
MEMORY = {CLI: 1.8, PROVIDER: 6.4}
DISK = {CLI: 4.0, PROVIDER: 6.0}


@dataclass(frozen=True)
class Machine:
    """Free memory and free disk in GB; None where the system does not say."""

    memory: float | None
    disk: float | None


def measure(folder: Path) -> Machine:
    """What is free now: memory with the limit of a container taken into account, disk where `folder` lies."""
    while not folder.exists():
        folder = folder.parent
    return Machine(_memory(), shutil.disk_usage(folder).free / GB)


def go_folder(environ: Mapping[str, str]) -> Path:
    """Where Go keeps what it compiled, which is where a build needs most of its disk."""
    home = Path(environ.get("HOME") or Path.home())
    return Path(environ.get("GOCACHE") or environ.get("XDG_CACHE_HOME") or home / ".cache")


def check(parts: list[str], machine: Machine) -> None:
    """Raise EngineMissing with every shortage, before hours are spent on a build that cannot end well."""
    problems = []
    memory, disk = max(MEMORY[part] for part in parts), sum(DISK[part] for part in parts)
    if machine.memory is not None and machine.memory < memory:
        problems.append(f"{memory:.1f} GB of free memory, here are {machine.memory:.1f} GB")
    if machine.disk is not None and machine.disk < disk:
        problems.append(f"{disk:.1f} GB of free disk for Go's caches, here are {machine.disk:.1f} GB")
    if problems:
        raise EngineMissing(
            f"building the engine needs {' and '.join(problems)}; "
            "build it on a larger machine with `flowvigil engine pack` and name the archive in FLOWVIGIL_ENGINE_URL, "
            "or use --anyway where Go's build cache is warm"
        )


def _memory() -> float | None:
    try:
        meminfo = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text("utf-8").splitlines())
        free = (int(meminfo["MemAvailable"].split()[0]) + int(meminfo["SwapFree"].split()[0])) * 1024
    except (OSError, KeyError, ValueError):
        return _physical()
    limit = _container_limit()
    return min(free, limit) / GB if limit else free / GB


def _container_limit() -> int | None:
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        file = Path("/sys/fs/cgroup", name)
        text = file.read_text("utf-8").strip() if file.is_file() else ""
        if text.isdigit():
            return int(text)
    return None


def _physical() -> float | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GB
    except (OSError, ValueError):
        return None
