"""Processes that end, fork or are killed, each a real one, against a service on a real socket."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import Service, environment, process, settings_for

pytestmark = pytest.mark.engine  # seconds, and processes that other tests should not disturb

RECORD = "import flowvigil, os, signal, sys, time\nfor _ in range(1000): flowvigil.record('poem', 5.0)\n"
KILL = "os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)"


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise RuntimeError", 1),
        (KILL, -15),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(4)); flowvigil.init(); " + KILL, 4),
        ("if os.fork(): os.wait()", 0),
    ],
    ids=["return", "sys.exit", "exception", "SIGTERM", "SIGTERM with a handler", "after a fork"],
)
def test_every_run_arrives_however_the_process_ends(service: Service, tmp_path: Path, ending: str, code: int) -> None:
    done = process(RECORD + ending, settings_for(service.url), tmp_path)
    assert (done.returncode, service.runs()) == (code, 1000)


def test_a_handler_that_was_there_before_runs_after_the_flush(service: Service, tmp_path: Path) -> None:
    before = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: (print('mine'), sys.exit(4)))\n"
    done = process(before + RECORD + KILL, settings_for(service.url), tmp_path)
    assert (done.returncode, done.stdout, service.runs()) == (4, "mine\n", 1000)


def test_a_handler_can_be_refused(service: Service, tmp_path: Path) -> None:
    code = RECORD + "print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    assert process(code, settings_for(service.url), tmp_path, FLOWVIGIL_SIGTERM="0").stdout == "True\n"


def test_an_ignored_sigterm_stays_ignored(service: Service, tmp_path: Path) -> None:
    code = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + RECORD
    done = process(
        code + "print(signal.getsignal(signal.SIGTERM) is signal.SIG_IGN)", settings_for(service.url), tmp_path
    )
    assert done.stdout == "True\n"


def test_started_from_another_thread_it_leaves_sigterm_alone_and_reports(service: Service, tmp_path: Path) -> None:
    code = """
import flowvigil, signal, threading
thread = threading.Thread(target=flowvigil.record, args=('poem', 1.0))
thread.start(); thread.join()
assert flowvigil.flush(60)
print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
"""
    done = process(code, settings_for(service.url), tmp_path)
    assert (done.returncode, done.stdout, done.stderr, service.runs()) == (0, "True\n", "", 1)


def test_a_terminated_process_reports_its_open_run_as_cancelled(service: Service, tmp_path: Path) -> None:
    code = f"import flowvigil, os, signal, time\nwith flowvigil.flow('poem'): {KILL}"
    done = process(code, settings_for(service.url, log=True), tmp_path)
    assert (done.returncode, service.runs()) == (-15, 1)
    assert b"cancelled" in b"".join(service.logs)


FORK = """
import flowvigil, os, sys
for _ in range(10): flowvigil.record('poem', 5.0)
child = os.fork()
if child == 0:
    for _ in range(7): flowvigil.record('poem', 5.0)
    if os.fork() == 0:
        for _ in range(3): flowvigil.record('poem', 5.0)
    else:
        os.wait()
    sys.exit(0)
os.waitpid(child, 0)
"""


def test_forked_processes_report_their_own_runs_and_nobody_elses(service: Service, tmp_path: Path) -> None:
    done = process(FORK, settings_for(service.url, log=True), tmp_path)
    assert done.returncode == 0
    events = b"".join(service.logs)
    assert events.count(b"succeeded") == 20
    assert len({log.split(b"reporter\x12")[1][1:40].split(b"\x12")[0] for log in service.logs}) == 3


def test_a_run_that_was_open_at_a_fork_ends_in_the_parent_only(service: Service, tmp_path: Path) -> None:
    code = "import flowvigil, os\nwith flowvigil.flow('poem'):\n    child = os.fork()\nif child: os.wait()\n"
    process(code, settings_for(service.url, log=True), tmp_path)
    assert b"".join(service.logs).count(b"succeeded") == 1


def test_a_fork_in_the_middle_of_a_flush_deadlocks_neither_side(service: Service, tmp_path: Path) -> None:
    code = """
import flowvigil, os, threading
for _ in range(100): flowvigil.record('poem', 5.0)
threads = [threading.Thread(target=flowvigil.flush) for _ in range(4)]
for thread in threads: thread.start()
children = []
for _ in range(10):
    child = os.fork()
    if child == 0:
        flowvigil.record('poem', 1.0)
        os._exit(0 if flowvigil.flush(60) else 1)
    children.append(child)
for thread in threads: thread.join()
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
assert codes == [0] * 10, codes
"""
    done = process(code, settings_for(service.url, log=True), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert b"".join(service.logs).count(b"succeeded") == 110


def test_a_pool_of_processes_reports_every_run(service: Service, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(
        "import flowvigil\n@flowvigil.observe(name='poem')\ndef write(n): return n\n"
        "def job(n):\n    write(n)\n    flowvigil.flush(60)\n    return n\n"
    )
    code = (
        "import work, multiprocessing\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool: pool.map(work.job, range(10))"
    )
    done = process(code, settings_for(service.url, log=True), tmp_path)
    assert done.returncode == 0
    assert b"".join(service.logs).count(b"succeeded") == 10


def test_a_process_whose_service_never_answers_ends_and_says_what_it_dropped(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hung:
        settings = settings_for(f"http://127.0.0.1:{hung.getsockname()[1]}", log=True)
        done = process(RECORD, settings, tmp_path, FLOWVIGIL_DEADLINE_S="0.5")
    assert done.returncode == 0
    assert "not everything was delivered within 0.5 s; dropped: cms 1000 runs, log 1000 runs" in done.stderr


def test_what_a_caller_loads_is_light(tmp_path: Path) -> None:
    code = (
        "import sys, flowvigil\n@flowvigil.observe\ndef f(): ...\nflowvigil.flow, flowvigil.record\n"
        "from flowvigil.reporter import lifecycle\nprint(*sys.modules)"
    )
    environ = environment(settings_for("http://127.0.0.1:1"), tmp_path)
    done = subprocess.run([sys.executable, "-S", "-c", code], env=environ, capture_output=True, text=True, check=True)
    heavy = {"dataclasses", "inspect", "typing", "re", "json", "logging", "http.client", "email", "ssl", "socket"}
    assert heavy.intersection(done.stdout.split()) == set()


def test_threads_that_are_killed_come_back_and_are_counted(service: Service, tmp_path: Path) -> None:
    code = """
import ctypes, flowvigil, threading, time
flowvigil.record('poem', 1.0)
assert flowvigil.flush(60)
for thread in threading.enumerate():
    if thread.name.startswith('flowvigil'):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
time.sleep(0.1)
flowvigil.record('poem', 1.0)
assert flowvigil.flush(60)
print(flowvigil.stats()['fold_restarts'], sum(sink['restarts'] for sink in flowvigil.stats()['sinks'].values()))
"""
    done = process(code, settings_for(service.url), tmp_path)
    assert (done.returncode, service.runs()) == (0, 2)
    folding, sending = map(int, done.stdout.split())
    assert folding >= 1
    assert sending >= 1


def test_switched_off_says_so_once_and_leaves_functions_alone(tmp_path: Path) -> None:
    code = (
        "import flowvigil\ndef f(): return 1\n"
        "assert flowvigil.observe(f) is f\nassert flowvigil.observe(name='a')(f) is f\n"
        "flowvigil.record('poem', 1.0)\nassert flowvigil.flush() and flowvigil.shutdown()\nprint(flowvigil.stats())"
    )
    done = process(code, settings_for("http://127.0.0.1:1"), tmp_path, FLOWVIGIL_SETTINGS="")
    assert done.stderr.count("FLOWVIGIL_SETTINGS") == done.stderr.count("FLOWVIGIL_ENV") == 1
    assert done.stdout == "{'on': False, 'runs_ignored': 1}\n"


def test_keys_are_fetched_by_sending_threads_only_and_keys_from_code_are_said(service: Service, tmp_path: Path) -> None:
    code = """
import flowvigil, logging, threading
logging.basicConfig(level=logging.INFO, format='%(message)s')
asked = set()
def keys():
    asked.add(threading.current_thread().name)
    return 'the-id', 'the-secret'
flowvigil.init(credentials=keys)
for _ in range(100): flowvigil.record('poem', 1.0)
assert flowvigil.flush(60)
print(*sorted(asked))
"""
    done = process(code, settings_for(service.url, log=True), tmp_path)
    assert set(done.stdout.split()) <= {"flowvigil-cms", "flowvigil-log"}
    assert done.stdout != "\n"
    assert done.stderr == "flowvigil: access keys come from a function of the application, not from a role\n"


OFF = "flowvigil: off: neither FLOWVIGIL_SETTINGS nor FLOWVIGIL_ENV is set, so no flow is measured\n"


@pytest.mark.parametrize(("off", "said"), [("", OFF), ("1", ""), ("0", OFF)])
def test_blocks_and_records_say_too_how_to_switch_on_unless_it_was_switched_off(
    tmp_path: Path, off: str, said: str
) -> None:
    code = (
        "import flowvigil\nfor _ in range(3):\n    flowvigil.record('poem', 1.0)\n    with flowvigil.flow('poem'): pass"
    )
    done = process(code, settings_for("http://127.0.0.1:1"), tmp_path, FLOWVIGIL_SETTINGS="", FLOWVIGIL_OFF=off)
    assert (done.returncode, done.stderr) == (0, said)


def test_switched_off_the_environment_is_read_once_a_second_and_not_for_every_run(tmp_path: Path) -> None:
    code = """
import flowvigil, os
from flowvigil.reporter import recording
looked = []
recording.perf_counter = lambda: clock
class Environment(dict):
    def get(self, name, default=None):
        looked.append(name)
        return default
from flowvigil.reporter import switch
switch.switched_on.__defaults__ = (Environment(),)
for clock in (5.0, 5.0, 5.9, 6.1, 6.2):
    flowvigil.record('poem', 1.0)
    print(len(looked))
"""
    done = process(code, settings_for("http://127.0.0.1:1"), tmp_path, FLOWVIGIL_SETTINGS="")
    assert done.stdout.split() == ["3", "3", "3", "6", "6"]


def test_an_init_that_comes_too_late_names_what_stays_unmeasured(tmp_path: Path) -> None:
    code = "import flowvigil\n@flowvigil.observe\ndef write_poem(): ...\nflowvigil.init(sinks=())"
    done = process(code, settings_for("http://127.0.0.1:1"), tmp_path, FLOWVIGIL_SETTINGS="")
    assert "not measured" in done.stderr
    assert "write-poem" in done.stderr


def test_new_settings_are_taken_over_while_running(service: Service, tmp_path: Path) -> None:
    code = """
import flowvigil, json, os, time
from flowvigil.reporter import engine
engine.RELOAD_S = 0.0
flowvigil.init()
data = json.load(open(os.environ['FLOWVIGIL_SETTINGS']))
data['hash'] = 'newer'
json.dump(data, open(os.environ['FLOWVIGIL_SETTINGS'], 'w'))
end = time.time() + 60
while flowvigil.stats().get('settings_hash') != 'newer' and time.time() < end: time.sleep(0.05)
print(flowvigil.stats()['settings_hash'])
"""
    assert process(code, settings_for(service.url), tmp_path).stdout == "newer\n"


def test_after_shutdown_runs_are_counted_as_dropped(service: Service, tmp_path: Path) -> None:
    code = """
import flowvigil, time
done = flowvigil.handle('poem')
done(1.0)
assert flowvigil.shutdown(5)
done(1.0); flowvigil.record('poem', 1.0)
end = time.time() + 60
while flowvigil.stats()['runs_dropped'] != {'after_shutdown': 2} and time.time() < end: time.sleep(0.05)
print(flowvigil.stats()['runs_dropped'])
"""
    done = process(code, settings_for(service.url), tmp_path)
    assert (done.stdout, service.runs()) == ("{'after_shutdown': 2}\n", 1)


@pytest.mark.parametrize("ready", ["", "flowvigil.flush(60)"])
def test_a_process_that_forks_keeps_quiet_about_idle_flows(service: Service, tmp_path: Path, ready: str) -> None:
    code = f"""
import flowvigil, os
from flowvigil.reporter.lifecycle import LIFECYCLE
flowvigil.init()
{ready}
if os.fork() == 0: os._exit(0)
os.wait()
flowvigil.flush(60)
print(LIFECYCLE.engine.reporter.idle)
"""
    assert process(code, settings_for(service.url), tmp_path).stdout == "False\n"
