"""The same program on every supported Python, with greenlets, and from the wheel alone, against a real socket."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import ROOT, Service, process, settings_for

pytestmark = pytest.mark.engine  # seconds, and processes that other tests should not disturb

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
assert flowvigil.flush(60), flowvigil.stats()
"""


GREENLETS = """
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
assert flowvigil.flush(60), flowvigil.stats()
"""


def interpreter(version: str) -> str:
    """An interpreter of that version: of pyenv, of uv, or on PATH; else uv, a development dependency, installs it.

    Where uv reaches only a package mirror it cannot, and the test is skipped; `make test` prints this reason.
    """
    if found := installed(version):
        return found
    uv = Path(sys.executable).parent / "uv"
    done = subprocess.run([uv, "python", "install", version], capture_output=True, text=True, check=False)
    if found := installed(version):
        return found
    said = " ".join(done.stderr.split())[-300:]
    pytest.skip(f"no Python {version} on this machine; `uv python install {version}` says: {said}")


def installed(version: str) -> str | None:
    """The first that runs, ours before others: a shim of pyenv may stand for a version that is not there."""
    folders = (Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python")
    candidates = [sys.executable] + [
        str(found)
        for folder in folders
        for found in sorted([*folder.glob(f"{version}.*/bin/python"), *folder.glob(f"*-{version}.*/bin/python3")])
    ]
    candidates.append(shutil.which(f"python{version}") or "/nowhere")
    check = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    for candidate in candidates:
        if Path(candidate).exists() and not subprocess.run([candidate, "-c", check], check=False).returncode:
            return candidate
    return None


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


def test_greenlets_are_measured_apart(service: Service, tmp_path: Path) -> None:
    done = process(GREENLETS, settings_for(service.url, log=True), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert b"".join(service.logs).count(b"succeeded") == 100


def test_an_interpreter_that_is_nowhere_is_left_out_with_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    with pytest.raises(pytest.skip.Exception, match=r"no Python 3\.99 .*uv python install 3\.99"):
        interpreter("3.99")


def test_the_python_of_the_tests_is_never_left_out() -> None:
    assert interpreter("{}.{}".format(*sys.version_info)) == sys.executable


def test_the_wheel_alone_reports(service: Service, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(wheels)]
    subprocess.run([*build, str(ROOT)], check=True, cwd=tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    uv = Path(sys.executable).parent / "uv"  # a second where venv with pip takes ten
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "env"], check=True)
    install = [uv, "pip", "install", "--quiet", "--offline", "--no-index", "--python", python]
    subprocess.run([*install, *wheels.glob("*.whl")], check=True)
    code = "import flowvigil\nflowvigil.record('poem', 1.0)\nassert flowvigil.flush(60)\nprint(flowvigil.__file__)"
    done = process(code, settings_for(service.url), tmp_path, python=str(python), PYTHONPATH="")
    assert done.returncode == 0
    assert str(tmp_path / "env") in done.stdout
    assert service.runs() == 1
    assert Path(done.stdout.strip()).with_name("py.typed").exists()
