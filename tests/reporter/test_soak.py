"""What takes minutes: memory over time."""

import os
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import Service, process, settings_for

pytestmark = pytest.mark.soak
SECONDS = int(os.environ.get("FLOWVIGIL_SOAK_S", "600"))
SLOPE_KB_MIN = 60.0

STEADY = """
import flowvigil, os, sys, time
def kilobytes(): return int(open('/proc/self/statm').read().split()[1]) * 4
until, said = time.time() + {seconds}, time.time() + 1
while time.time() < until:
    for n in range(100): flowvigil.record(f'flow-{{n % 20}}', n, n % 50 > 0, error_type='E', version=str(n))
    time.sleep(0.1)
    if time.time() > said:
        said += 5
        print(kilobytes(), flush=True)
"""


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def test_memory_does_not_grow(service: Service, tmp_path: Path) -> None:
    done = process(STEADY.format(seconds=SECONDS), settings_for(service.url, log=True), tmp_path, timeout=SECONDS + 60)
    sizes = [int(line) for line in done.stdout.split()]
    settled = sizes[len(sizes) // 3 :]
    line = statistics.linear_regression([5 / 60 * index for index in range(len(settled))], settled)
    assert abs(line.slope) < SLOPE_KB_MIN, f"{line.slope:.0f} kB a minute: {settled}"
