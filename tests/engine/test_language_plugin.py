"""Our language host starts policy packs and other plug-ins, and knows what is installed."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import language_pb2

from .talk import Engine, alive, wait_for

pytestmark = pytest.mark.engine  # starts interpreters: seconds, not milliseconds

PACK = "import pulumi, sys\nprint('policy', *sys.argv[1:], pulumi.get_project(), pulumi.get_stack())\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    running = Engine(tmp_path_factory.mktemp("engine"))
    yield running
    running.close()


@pytest.fixture
def engine(running, tmp_path):
    running.begin(tmp_path)
    return running


def test_a_policy_pack_is_started_the_way_pulumi_does(engine):
    engine.write(PACK)
    environ = {**os.environ, "PULUMI_PROJECT": "shop", "PULUMI_STACK": "dev", "PULUMI_DRY_RUN": "true"}
    entries = [f"{name}={value}" for name, value in environ.items()]
    pieces = list(engine.plugin(kind="analyzer", args=["127.0.0.1:1"], env=entries))
    assert (
        b"".join(piece.stdout for piece in pieces) == b"policy 127.0.0.1:1 %s shop dev\n" % str(engine.folder).encode()
    )
    assert pieces[-1].exitcode == 0


def test_a_plug_ins_error_output_and_exit_code_come_back(engine):
    engine.write("import sys\nsys.stderr.write('wrong\\n')\nsys.exit(5)")
    pieces = list(engine.plugin(kind="resource"))
    assert b"".join(piece.stderr for piece in pieces) == b"wrong\n"
    assert pieces[-1].exitcode == 5


def test_a_plug_in_ends_when_the_engine_lets_go_of_it(engine):
    engine.write("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    call = engine.plugin(kind="resource")
    process = int(next(call).stdout)
    call.cancel()
    wait_for(lambda: not alive(process))


def test_a_folder_that_is_no_plug_in_is_refused(engine):
    with pytest.raises(grpc.RpcError) as error:
        list(engine.plugin(kind="analyzer"))
    assert error.value.details() == f"{engine.folder} holds neither a __main__.py nor a pyproject.toml with a name"


def test_about_names_the_interpreter(engine):
    answer = engine.language.About(language_pb2.AboutRequest(info=engine.info()), timeout=60)
    assert Path(answer.executable).samefile(sys.executable)
    assert answer.version == ".".join(map(str, sys.version_info[:3]))


def test_the_alicloud_plug_in_is_required_because_its_package_is_installed(engine):
    request = language_pb2.GetRequiredPackagesRequest(info=engine.info())
    packages = engine.language.GetRequiredPackages(request, timeout=60).packages
    assert [(item.name, item.kind, item.version) for item in packages] == [("alicloud", "resource", "3.105.0")]


def test_dependencies_without_the_transitive_ones_are_fewer(engine):
    def names(transitive):
        request = language_pb2.GetProgramDependenciesRequest(info=engine.info(), transitiveDependencies=transitive)
        return {item.name for item in engine.language.GetProgramDependencies(request, timeout=60).dependencies}

    assert {"grpcio", "pulumi"} <= names(transitive=True)
    assert "grpcio" not in names(transitive=False)


def test_installing_dependencies_without_a_list_does_nothing(engine):
    request = language_pb2.InstallDependenciesRequest(directory=str(engine.folder), info=engine.info())
    assert list(engine.language.InstallDependencies(request, timeout=60)) == []


def test_installing_dependencies_runs_pip_on_the_projects_interpreter(engine):
    python = engine.folder / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    engine.write("pulumi", "requirements.txt")
    request = language_pb2.InstallDependenciesRequest(directory=str(engine.folder), info=engine.info(virtualenv="venv"))
    said = b"".join(piece.stdout for piece in engine.language.InstallDependencies(request, timeout=60))
    assert said == b"-m pip install --disable-pip-version-check -r requirements.txt\n"
