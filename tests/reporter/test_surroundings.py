"""Where a process may find itself: no room on disk, closed descriptors, signals, a service under a wrong name."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import Service, environment, process, settings_for

pytestmark = pytest.mark.engine  # seconds, and processes that other tests should not disturb


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def events(service: Service) -> int:
    return b"".join(service.logs).count(b"succeeded")


def test_where_no_file_can_be_written_everything_is_reported(service: Service, tmp_path: Path) -> None:
    """A full disk and a read-only file system are the same to a process that may write no byte to any file."""
    code = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
written = []
def watch(event, arguments):
    if event == 'open' and set(str(arguments[1])) & set('wax+'): written.append(arguments[0])
sys.addaudithook(watch)
import flowvigil
flowvigil.record('poem', 1.0)
assert flowvigil.flush(60)
assert written == [], written
"""
    done = process(code, settings_for(service.url, log=True), tmp_path, PYTHONDONTWRITEBYTECODE="1")
    assert (done.returncode, done.stderr, events(service)) == (0, "", 1)


@pytest.mark.parametrize("output", ["/dev/full", "closed"])
def test_an_output_that_takes_nothing_costs_its_lines_and_nothing_else(
    service: Service, tmp_path: Path, output: str
) -> None:
    code = """
import flowvigil, json, sys
for _ in range(3): flowvigil.record('poem', 1.0)
assert flowvigil.flush(60)
print(json.dumps(flowvigil.stats()['sinks']['stdout']), file=sys.stderr)
"""
    environ = environment(settings_for(service.url, log=True), tmp_path, FLOWVIGIL_SINKS="log,stdout")
    told = f'exec {sys.executable} -c "$CODE" >{"/dev/full" if output == "/dev/full" else "&-"}'
    done = subprocess.run(
        ["sh", "-c", told], env={**environ, "CODE": code}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    books = json.loads(done.stderr.splitlines()[-1])
    assert (books["delivered"], books["dropped"]) == (0, {"output_closed": books["taken"]})
    assert events(service) == 3


def test_descriptors_that_were_closed_behind_its_back_are_opened_anew(service: Service, tmp_path: Path) -> None:
    code = """
import flowvigil, os
for _ in range(2):
    flowvigil.record('poem', 1.0)
    assert flowvigil.flush(60), flowvigil.stats()
    os.closerange(0, 256)
"""
    done = process(code, settings_for(service.url, log=True), tmp_path)
    assert (done.returncode, events(service)) == (0, 2)


def test_a_signal_handler_may_record_in_the_middle_of_recording(service: Service, tmp_path: Path) -> None:
    code = """
import signal
from flowvigil import flow, flush, record, stats
handled = 0
def handler(*_):
    global handled
    handled += 1
    with flow('poem', root=True): record('poem', 1.0)
    if handled % 20 == 0: flush(0.01)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.004, 0.004)
recorded = 0
while handled < 60:
    record('poem', 1.0)
    recorded += 1
signal.setitimer(signal.ITIMER_REAL, 0)
assert flush(60), stats()
books = stats()
assert books['runs_in'] == recorded + 2 * handled == books['runs_folded'] + sum(books['runs_dropped'].values()), books
"""
    done = process(code, settings_for(service.url), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_second_init_changes_nothing_and_says_so_once(service: Service, tmp_path: Path) -> None:
    code = """
import logging
logging.basicConfig(level=logging.INFO, format='%(message)s')
import flowvigil
for version in ('1', '2', '3'): flowvigil.init(version=version)
flowvigil.record('poem', 1.0)
"""
    done = process(code, settings_for(service.url, log=True), tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("init was called again") == 1
    assert b"version\x12\x011" in b"".join(service.logs)


def test_a_region_that_does_not_exist_is_counted_and_holds_nobody(tmp_path: Path) -> None:
    code = """
import flowvigil
flowvigil.record('poem', 1.0)
while not flowvigil.flush(0.1):
    sink = flowvigil.stats()['sinks']['cms']
    if sink['failures']: break
assert sink['pending'] == 1 and set(sink['failures']) == {'no_answer'}, sink
"""
    settings = settings_for("")
    settings.endpoints.clear()
    done = process(code, settings, tmp_path, FLOWVIGIL_REGION="cn-atlantis.invalid", FLOWVIGIL_DEADLINE_S="0.1")
    assert done.returncode == 0, done.stderr
    assert "not everything was delivered" in done.stderr
    assert "Traceback" not in done.stderr


def test_ten_megabytes_of_anything_are_cut(service: Service, tmp_path: Path) -> None:
    code = """
import flowvigil
huge = 'x' * 10_000_000
with flowvigil.flow('poem') as run:
    run.set(version=huge, tier=huge, **{huge: huge})
    run.mark_failed(huge)
flowvigil.record('poem', 1.0, False, error_type=huge)
assert flowvigil.flush(60)
"""
    done = process(code, settings_for(service.url, log=True), tmp_path)
    assert (done.returncode, b"".join(service.logs).count(b"failed")) == (0, 2)
    assert sum(map(len, service.logs)) < 5_000
