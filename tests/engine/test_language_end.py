"""However it ends, the host is quiet and leaves no process behind."""

from __future__ import annotations

import os
import signal
import threading
import time

import grpc
import pytest
from google.protobuf import empty_pb2

from .talk import Engine, alive, wait_for

pytestmark = pytest.mark.engine  # starts interpreters: seconds, not milliseconds


@pytest.fixture
def engine(tmp_path):
    running = Engine(tmp_path)
    yield running
    running.close()


def sleeping(engine):
    """Start a program that sleeps, in a thread; returns the thread, its answer, and its process id."""
    mark, answers = engine.folder / "started", []
    program = f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(60)\n"

    def call():
        try:
            answers.append(engine.run(program))
        except grpc.RpcError as error:
            answers.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    wait_for(lambda: mark.exists() and mark.read_text())
    return thread, answers, int(mark.read_text())


def test_what_the_program_prints_comes_out_of_the_host(engine):
    engine.run("print('printed')")
    engine.host.stdin.close()
    assert engine.ended()[1] == "printed\n"


def test_cancel_ends_the_program_without_an_error(engine):
    thread, answers, process = sleeping(engine)
    engine.language.Cancel(empty_pb2.Empty(), timeout=60)
    thread.join(timeout=60)
    assert (answers[0].error, answers[0].bail) == ("", True)
    assert not alive(process)


def test_an_interrupt_of_the_group_ends_host_and_program_without_a_word(engine):
    thread, _, process = sleeping(engine)
    os.killpg(engine.host.pid, signal.SIGINT)
    assert engine.ended() == (0, "", "")
    thread.join(timeout=60)
    assert not alive(process)


def test_an_interrupt_while_the_program_still_starts_is_quiet_too(engine):
    engine.write("import time\ntime.sleep(60)")
    call = engine.language.Run.future(engine.request(), timeout=60)
    time.sleep(0.05)
    os.killpg(engine.host.pid, signal.SIGINT)
    assert engine.ended() == (0, "", "")
    call.cancel()


def test_when_the_engine_dies_host_and_program_end(engine):
    thread, _, process = sleeping(engine)
    engine.host.stdin.close()
    assert engine.ended() == (0, "", "")
    thread.join(timeout=60)
    assert not alive(process)


def test_a_call_that_the_engine_gives_up_ends_its_program(engine):
    engine.write("import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(60)")
    call = engine.language.Run.future(engine.request(), timeout=60)
    wait_for(lambda: (engine.folder / "pid").exists() and (engine.folder / "pid").read_text())
    call.cancel()
    wait_for(lambda: not alive(int((engine.folder / "pid").read_text())))
