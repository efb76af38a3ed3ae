"""What takes minutes: memory over time, gevent, and the wheel in an environment with nothing else."""

import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import ROOT, Service, process, settings_for

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

GEVENT = """
from gevent import monkey
monkey.patch_all()
import flowvigil, gevent
@flowvigil.observe(name='poem')
def write(n):
    gevent.sleep(0.001)
    return n
jobs = [gevent.spawn(write, n) for n in range(100)]
gevent.joinall(jobs)
assert [job.value for job in jobs] == list(range(100))
assert flowvigil.flush(5), flowvigil.stats()
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


def test_greenlets_are_measured_apart(service: Service, tmp_path: Path) -> None:
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "flowvigil" / "gevent"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "gevent"], check=True)
        (folder / "ready").touch()
    done = process(GEVENT, settings_for(service.url, log=True), tmp_path, python=str(python))
    assert (done.returncode, done.stderr) == (0, "")
    assert b"".join(service.logs).count(b"succeeded") == 100


def test_the_wheel_alone_reports(service: Service, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(wheels)]
    subprocess.run([*build, str(ROOT)], check=True, cwd=tmp_path)
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-index", *wheels.glob("*.whl")], check=True)
    code = "import flowvigil\nflowvigil.record('poem', 1.0)\nassert flowvigil.flush(5)\nprint(flowvigil.__file__)"
    done = process(code, settings_for(service.url), tmp_path, python=str(python), PYTHONPATH="")
    assert done.returncode == 0
    assert str(tmp_path / "env") in done.stdout
    assert service.runs() == 1
