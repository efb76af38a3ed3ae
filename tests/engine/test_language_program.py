"""Our language host runs programs and tells the engine how they ended."""

from __future__ import annotations

import sys

import pytest
from pulumi.runtime.proto import language_pb2

from flowvigil.engine.language.interpreter import Interpreter

from .talk import Engine

pytestmark = pytest.mark.engine  # starts interpreters: seconds, not milliseconds


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    running = Engine(tmp_path_factory.mktemp("engine"))
    yield running
    running.close()


@pytest.fixture
def engine(running, tmp_path):
    running.begin(tmp_path)
    return running


def test_a_program_registers_its_stack_and_exports_outputs(engine):
    answer = engine.run("import pulumi\npulumi.export('colour', pulumi.Config().get('colour'))")
    assert (answer.error, answer.bail) == ("", False)
    assert engine.monitor.registered == [("pulumi:pulumi:Stack", "shop-dev")]
    assert engine.monitor.outputs == {"colour": "blue"}


def test_secret_configuration_arrives_secret_and_is_in_no_environment_variable(engine):
    engine.run(
        "import os, pulumi\npulumi.export('key', pulumi.Config().require_secret('key'))\n"
        "pulumi.export('seen', any('hidden' in value for value in os.environ.values()))"
    )
    assert engine.monitor.outputs["key"]["value"] == "hidden"
    assert engine.monitor.outputs["key"]["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"
    assert engine.monitor.outputs["seen"] is False


def test_the_address_of_the_handshake_wins(engine):
    engine.language.Handshake(language_pb2.LanguageHandshakeRequest(engine_address="127.0.0.1:1"))
    engine.run("import pulumi\npulumi.log.info('hello')")
    assert engine.log.messages == []


def test_a_program_that_raises_shows_the_users_own_lines_only(engine):
    answer = engine.run("def inner():\n    raise ValueError('on purpose')\n\ninner()\n")
    file = engine.folder / "__main__.py"
    assert (answer.error, answer.bail) == ("", True)
    assert [line for line in engine.log.messages[0].splitlines() if line.strip(" ~^")] == [
        "Program failed with an unhandled exception:",
        "Traceback (most recent call last):",
        f'  File "{file}", line 4, in <module>',
        "    inner()",
        f'  File "{file}", line 2, in inner',
        "    raise ValueError('on purpose')",
        "ValueError: on purpose",
    ]


def test_a_syntax_error_shows_its_line(engine):
    answer = engine.run("x = 1\nif x\n")
    assert answer.bail
    assert f'File "{engine.folder / "__main__.py"}", line 2' in engine.log.messages[0]


def test_a_run_error_is_told_without_a_traceback(engine):
    answer = engine.run("import pulumi\nraise pulumi.RunError('no such team')")
    assert engine.log.messages == ["no such team"]
    assert answer.error == "Program exited with non-zero exit code: 1"


DEPENDENT = """\
import pulumi
first = pulumi.CustomResource("test:index:Box", "first", {})
pulumi.CustomResource("test:index:Box", "second", {}, pulumi.ResourceOptions(depends_on=[first]))
"""


def test_a_resource_that_failed_is_told_by_the_engine_and_not_again_by_what_needs_it(engine):
    engine.monitor.failing.add("first")
    answer = engine.run(DEPENDENT)
    assert (answer.error, answer.bail, engine.log.messages) == ("", True, [])


RPC_ERROR = "import grpc\nclass Lost(grpc.RpcError):\n    def code(self): return grpc.StatusCode.{}\nraise Lost('gone')"


def test_an_engine_that_is_gone_is_no_error_of_the_program(engine):
    answer = engine.run(RPC_ERROR.format("UNAVAILABLE"))
    assert (answer.error, answer.bail, engine.log.messages) == ("", True, [])


def test_any_other_failed_call_is_told(engine):
    engine.run(RPC_ERROR.format("ABORTED"))
    assert engine.log.messages[0].endswith("Lost: gone\n")


def test_a_virtualenv_is_activated_as_its_own_script_would(tmp_path):
    environ = Interpreter("python", tmp_path).environment({"PATH": "/bin", "PYTHONHOME": "/other", "LANG": "C"})
    assert environ == {"PATH": f"{tmp_path}/bin:/bin", "VIRTUAL_ENV": str(tmp_path), "LANG": "C"}


def test_a_program_that_exits_is_reported_with_its_code(engine):
    assert engine.run("import sys\nsys.exit(7)").error == "Program exited with non-zero exit code: 7"


def test_a_program_killed_by_a_signal_is_reported_with_it(engine):
    assert engine.run("import os\nos.kill(os.getpid(), 9)").error == "Program was ended by signal 9"


def test_a_folder_without_a_program_is_named(engine):
    answer = engine.language.Run(engine.request(), timeout=60)
    assert answer.error.endswith("exit code: 1")
    assert engine.log.messages == [f"there is no __main__.py in {engine.folder}"]


def test_the_programs_own_folder_is_imported_from(engine):
    engine.write("COLOUR = 'green'", "paint.py")
    engine.run("import paint, pulumi\npulumi.export('colour', paint.COLOUR)")
    assert engine.monitor.outputs == {"colour": "green"}


def test_a_virtualenv_that_is_not_there_is_named_with_the_remedy(engine):
    answer = engine.run("", virtualenv="venv")
    folder = engine.folder / "venv"
    assert answer.error == (
        f"Pulumi.yaml names the virtualenv venv, but {folder} holds no bin/python; "
        f"run `python -m venv {folder}` and install the requirements, or take the option away"
    )


def test_a_toolchain_that_we_do_not_drive_is_refused(engine):
    assert engine.run("", toolchain="uv").error.startswith("Pulumi.yaml names the toolchain uv, which flowvigil's")


def test_the_toolchain_pip_is_what_we_do_anyway(engine):
    assert engine.run("", toolchain="pip").error == ""


def test_the_virtualenv_of_the_project_runs_the_program(engine):
    python = engine.folder / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nCHOSEN=venv exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    engine.run("import os, pulumi\npulumi.export('by', os.environ['CHOSEN'])", virtualenv="venv")
    assert engine.monitor.outputs == {"by": "venv"}
