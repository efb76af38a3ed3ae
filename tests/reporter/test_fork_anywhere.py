"""A fork at every point: wherever the reporter's threads stand, the child and the parent both go on and report."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import Service, process, settings_for

pytestmark = pytest.mark.engine  # seconds, and processes that other tests should not disturb

FORKS = """
import flowvigil, json, os, sys, threading, time
from flowvigil.reporter.gate import GATE

seen, over, asked, done = set(), [], threading.Event(), threading.Event()

def watch(frame, event, _argument):
    "Stops a thread of the reporter wherever it has not been before, until the process has forked."
    code = frame.f_code
    place = (os.path.basename(code.co_filename), code.co_name, event)
    if event not in ('call', 'return') or '/reporter/' not in code.co_filename or code.co_name == '<module>':
        return
    if over or place in seen or not threading.current_thread().name.startswith('flowvigil'):
        return
    if not GATE._lock._is_owned():  # there a fork waits, which is what the gate is for
        seen.add(place)
        done.clear()
        asked.set()
        done.wait(5)

threading.setprofile(watch)
runs, codes, quiet = 0, [], time.monotonic()
while time.monotonic() - quiet < 2.5:
    flowvigil.record('poem', 1.0, runs % 3 > 0)
    runs += 1
    if not asked.wait(0.1):
        flowvigil.flush(0.0)
        continue
    asked.clear()
    child = os.fork()
    if child == 0:
        threading.setprofile(None)
        flowvigil.record('poem', 1.0)
        os._exit(0 if flowvigil.flush(60) else 1)
    done.set()
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    quiet = time.monotonic()
over.append(True)
assert flowvigil.flush(60), flowvigil.stats()
print(json.dumps({'runs': runs, 'codes': codes, 'places': sorted(seen)}))
"""


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def test_a_fork_at_any_point_of_any_thread_leaves_both_sides_well_and_the_books_right(
    service: Service, tmp_path: Path
) -> None:
    done = process(FORKS, settings_for(service.url, log=True), tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told["codes"]) == {0}
    assert len(told["codes"]) >= 100
    logs = b"".join(service.logs)
    assert logs.count(b"succeeded") + logs.count(b"failed") == told["runs"] + len(told["codes"])
    stopped = {name for _, name, _ in told["places"]}
    assert {"turn", "tick", "_fold", "snapshot", "put", "step", "_settle", "deliver", "keys", "request"} <= stopped
