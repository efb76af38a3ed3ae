"""What takes minutes: memory over time."""

import os
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import Service, process, settings_for

pytestmark = pytest.mark.soak
SECONDS = int(os.environ.get("FLOWVIGIL_SOAK_S", "600"))
RUNS_MIN = 60_000
OBJECTS_A_RUN, BYTES_A_RUN = 0.004, 4.0
"""What may stay of a run: far less than one object, so none; and what an allocator rounds up to."""

STEADY = """
import flowvigil, sys, time
def kilobytes(): return int(open('/proc/self/statm').read().split()[1]) * 4
until, said = time.time() + {seconds}, time.time() + 1
while time.time() < until:
    for n in range(100): flowvigil.record(f'flow-{{n % 20}}', n, n % 50 > 0, error_type='E', version=str(n))
    time.sleep(0.1)
    if time.time() > said:
        said += 5
        print(kilobytes(), sys.getallocatedblocks(), flush=True)
"""


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def test_memory_does_not_grow(service: Service, tmp_path: Path) -> None:
    """Objects are counted for a slope; the resident set moves in steps of the allocator, so its thirds are compared."""
    done = process(STEADY.format(seconds=SECONDS), settings_for(service.url, log=True), tmp_path, timeout=SECONDS + 60)
    samples = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    third = len(samples) // 3
    minutes = [5 / 60 * index for index in range(len(samples) - third)]
    objects = statistics.linear_regression(minutes, [blocks for _, blocks in samples[third:]]).slope
    middle, last = (statistics.median(size for size, _ in part) for part in (samples[third:-third], samples[-third:]))
    grown = (last - middle) * 1024 / (third * 5 / 60) / RUNS_MIN
    print(f"{objects:+.0f} objects a minute; resident {middle:.0f} kB, then {last:.0f} kB: {grown:+.2f} bytes a run")
    assert abs(objects) < OBJECTS_A_RUN * RUNS_MIN, samples
    assert grown < BYTES_A_RUN, samples
