"""The same program on every supported Python, against a service on a real socket."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import Service, process, settings_for

PROGRAM = """
import asyncio, flowvigil, os, sys, threading

@flowvigil.observe(name='poem')
def plain(n): return n

@flowvigil.observe(name='poem')
async def later(n):
    await asyncio.sleep(0)
    return n

@flowvigil.observe(name='poem')
def steps(n):
    for number in range(n): yield number

@flowvigil.observe(name='poem')
async def stream(n):
    for number in range(n): yield number

async def main():
    assert await later(3) == 3
    assert [n async for n in stream(3)] == [0, 1, 2]

assert plain(2) == 2 and list(steps(3)) == [0, 1, 2]
asyncio.run(main())
threads = [threading.Thread(target=plain, args=(n,)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
try:
    with flowvigil.flow('poem') as run:
        run.set(version='2')
        raise TimeoutError
except TimeoutError: pass
flowvigil.record('poem', 3.0, False)
child = os.fork()
if child == 0:
    plain(1)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert flowvigil.flush(5), flowvigil.stats()
"""


def interpreter(version: str) -> str:
    """An interpreter of that version: of pyenv, of uv, or on PATH."""
    folders = (Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python")
    for folder in folders:
        for found in sorted([*folder.glob(f"{version}.*/bin/python"), *folder.glob(f"*-{version}.*/bin/python3")]):
            return str(found)
    found = shutil.which(f"python{version}")
    assert found, f"no Python {version}: install it with pyenv or `uv python install {version}`"
    return found


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_every_supported_python_reports_every_kind_of_run(version: str, service: Service, tmp_path: Path) -> None:
    done = process(PROGRAM, settings_for(service.url, log=True), tmp_path, python=interpreter(version))
    errors = [line for line in done.stderr.splitlines() if "DeprecationWarning" not in line and "os.fork()" not in line]
    assert (done.returncode, errors) == (0, [])
    events = b"".join(service.logs)
    assert (events.count(b"succeeded"), events.count(b"timed_out"), events.count(b"failed")) == (9, 1, 1)
