"""Real servers that fork: gunicorn with its application loaded before, celery's prefork pool, multiprocessing."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .builders import Service, environment, process, settings_for

pytestmark = pytest.mark.engine  # seconds, and processes that other tests should not disturb

BIN = Path(sys.executable).parent
WEB = """
import flowvigil
flowvigil.record("poem", 1.0)

@flowvigil.observe(name="poem")
def write(): return b"poem"

def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "4")])
    return [write()]
"""
JOBS = """
import os, celery, flowvigil
folders = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), os.getcwd() + "/queue")
app = celery.Celery("jobs", broker="filesystem://", broker_transport_options=folders)
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=False)

@app.task
@flowvigil.observe(name="poem")
def write(number):
    with open(f"{os.getcwd()}/done-{number}", "w"): return number
"""


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@contextmanager
def running(service: Service, folder: Path, *command: str) -> Iterator[None]:
    """The server, which is terminated politely and must then end well."""
    environ = {**environment(settings_for(service.url, log=True), folder), "C_FORCE_ROOT": "1"}
    environ["PYTHONPATH"] += f"{os.pathsep}{folder}"
    with subprocess.Popen(command, env=environ, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            yield
        finally:
            server.terminate()
            said = server.communicate(timeout=120)[0].decode()
    assert server.returncode == 0, said


def runs(service: Service) -> int:
    return b"".join(service.logs).count(b"succeeded")


def reporters(service: Service) -> int:
    """How many processes reported runs."""
    return len({log.split(b"reporter\x12")[1][1:40].split(b"\x12")[0] for log in service.logs})


def test_workers_of_gunicorn_report_what_they_and_only_they_served(service: Service, tmp_path: Path) -> None:
    (tmp_path / "web.py").write_text(WEB)
    place = tmp_path / "socket"
    bind = ("--bind", "127.0.0.1:0", "--pid", str(place))
    log = tmp_path / "log"
    with running(
        service,
        tmp_path,
        str(BIN / "gunicorn"),
        "--preload",
        "--workers",
        "2",
        "--log-file",
        str(log),
        *bind,
        "web:app",
    ):
        until = time.monotonic() + 120
        while not log.exists() or log.read_text().count("Booting worker") < 2:
            assert time.monotonic() < until
            time.sleep(0.02)
        address = log.read_text().split("Listening at: ")[1].split()[0]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _ in range(40):
            assert opener.open(address, timeout=60).read() == b"poem"
    assert runs(service) == 41
    assert reporters(service) in (2, 3)


def test_children_of_celery_report_every_task_up_to_the_last(service: Service, tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(JOBS)
    (tmp_path / "queue").mkdir()
    send = "import jobs\nfor number in range(20): jobs.write.delay(number)"
    assert process(send, settings_for(service.url), tmp_path).returncode == 0
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    worker = (str(BIN / "celery"), "-A", "jobs", "worker", "--pool", "prefork", "--concurrency", "2", *quiet)
    with running(service, tmp_path, *worker):
        until = time.monotonic() + 120
        while len(list(tmp_path.glob("done-*"))) < 20:
            assert time.monotonic() < until
            time.sleep(0.02)
    assert runs(service) == 20
    assert (
        sum(
            float(entry["Values"].split('"Sum":')[1].split("}")[0])
            for entry in service.entries
            if entry["Period"] == "60"
        )
        >= 20
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_report_without_being_asked_to(
    service: Service, tmp_path: Path, method: str
) -> None:
    (tmp_path / "work.py").write_text(
        "import flowvigil\ndef work():\n    for _ in range(5): flowvigil.record('poem', 1.0)\n"
    )
    code = f"""
import multiprocessing, work
work.work()
context = multiprocessing.get_context('{method}')
children = [context.Process(target=work.work) for _ in range(2)]
for child in children: child.start()
for child in children: child.join()
assert [child.exitcode for child in children] == [0, 0]
"""
    (tmp_path / "main.py").write_text(
        code if method == "fork" else f"if __name__ == '__main__':\n{code.replace(chr(10), chr(10) + '    ')}"
    )
    done = process(
        "import runpy; runpy.run_path('main.py', run_name='__main__')", settings_for(service.url, log=True), tmp_path
    )
    assert (done.returncode, runs(service)) == (0, 15), done.stderr
    assert reporters(service) == 3
