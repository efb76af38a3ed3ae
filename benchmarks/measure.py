"""Rounds, fresh processes, and ratios with their spread: noise falls on all cases alike, so ratios are the result."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: wall seconds, the peak of resident memory in MB, and processor seconds of the process alone."""

    seconds: float
    peak_mb: float
    cpu_s: float


def run(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> Sample:
    """Run a command to its end; raises with its output when it fails."""
    environment = dict(os.environ if env is None else env)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # users' second run finds compiled modules
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{output.decode()[-4000:]}")
    return Sample(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


def python(code: str, cwd: Path) -> Sample:
    """Run Python code in a fresh process of this interpreter."""
    return run([sys.executable, "-c", code], cwd)


def rounds(cases: Mapping[str, Callable[[], Sample]], count: int) -> dict[str, list[Sample]]:
    """Every case once per round, case after case."""
    results: dict[str, list[Sample]] = {name: [] for name in cases}
    for number in range(count):
        for name, case in cases.items():
            results[name].append(case())
            sys.stderr.write(f"  round {number + 1}/{count} {name}: {results[name][-1].seconds:.3f} s\n")
    return results


def seconds(samples: Sequence[Sample]) -> str:
    """The median with the lowest and highest."""
    values = [sample.seconds for sample in samples]
    return f"{statistics.median(values):.3f} s ({min(values):.3f}-{max(values):.3f})"


def ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> str:
    """The median of the ratios of each round, with the lowest and highest."""
    values = [one.seconds / other.seconds for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def cpu_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> str:
    """As `ratio`, of processor seconds, which other work on the machine disturbs less."""
    values = [one.cpu_s / other.cpu_s for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"
