"""What doctor says of Python, the libraries and the engine."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from pip._internal.models.index import PyPI

from flowvigil.deploy.health import State
from flowvigil.deploy.health.engine import index, parts, proxy, ways
from flowvigil.deploy.health.libraries import libraries, library, python, requirements
from flowvigil.engine.machine import Machine
from flowvigil.engine.parts import CLI, EXECUTABLES, PROVIDER
from flowvigil.engine.toolchain import wanted


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ((3, 9, 18), State.BAD),
        ((3, 10, 0), State.OK),
        ((3, 13, 5), State.OK),
        ((3, 14, 0), State.WARN),
    ],
)
def test_pythons_from_3_10_to_3_13_are_well(number, state):
    assert python(number).state is state


def test_libraries_as_tested_take_one_line():
    assert [check.state for check in libraries()] == [State.OK]


def test_a_library_outside_the_tested_range_is_a_warning_that_states_the_range():
    check = library(Requirement("click<8"))
    assert (check.state, check.found) == (State.WARN, version("click"))
    assert check.right.startswith("tested is <8: pip install")


def test_a_library_that_is_not_there_is_missing():
    check = library(Requirement("no-such-library-of-anybody>=1"))
    assert (check.state, check.found) == (State.MISSING, "is not installed")


def test_libraries_for_development_and_other_pythons_are_not_asked_for():
    lines = [
        "click>=8.1; extra == 'provision'",
        "uvicorn; extra == 'local'",
        "pytest; extra == 'dev'",
        "tomli; extra == 'provision' and python_version < '3.0'",
        "flowvigil[provision]; extra == 'dev'",
    ]
    assert [one.name for one in requirements(lines)] == ["click", "uvicorn"]


def machine_with(tmp_path, *executables):
    """An environment whose PATH holds exactly these executables of accepted versions, and no network ways."""
    for name, stated in executables:
        (tmp_path / name).write_text(f"#!/bin/sh\necho v{stated}\n")
        (tmp_path / name).chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    return {"PATH": str(tmp_path), "HOME": str(home), "FLOWVIGIL_ENGINE_OFFICIAL": "never"}


COMPLETE = [(EXECUTABLES[CLI], "3.259.0"), (EXECUTABLES[PROVIDER], "3.105.0")]


def test_a_complete_engine_is_three_lines_that_say_where_from(tmp_path):
    checks = list(parts(machine_with(tmp_path, *COMPLETE)))
    assert [check.state for check in checks] == [State.OK] * 3
    assert checks[0].found == f"3.259.0, on PATH ({tmp_path / 'pulumi'})"


def test_an_archive_of_the_company_is_way_enough(tmp_path):
    environ = machine_with(tmp_path) | {"FLOWVIGIL_ENGINE_URL": "https://files.example.com/engine.tar.gz"}
    checks = {check.about: check for check in parts(environ)}
    assert checks["pulumi"].state is State.MISSING
    assert checks["pulumi"].right == "flowvigil engine install"
    assert list(checks)[3:] == ["engine archive"]


def test_too_old_a_pulumi_is_named_with_the_range(tmp_path):
    environ = machine_with(tmp_path, (EXECUTABLES[CLI], "3.200.0")) | {"FLOWVIGIL_ENGINE_URL": "file:///x"}
    found = next(check.found for check in parts(environ) if check.about == "pulumi")
    assert found == f"{tmp_path / 'pulumi'} is version 3.200.0; wanted is >= 3.221.0 and < 4.0.0"


def unreachable(tmp_path):
    """No release, and a proxy and an index on a port of the loopback where nothing listens."""
    return machine_with(tmp_path) | {"GOPROXY": "http://127.0.0.1:9", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}


def test_a_build_without_a_network_is_told_for_go_and_for_pip(tmp_path):
    checks = {check.about: check for check in ways([CLI], unreachable(tmp_path), Machine(8.0, 20.0))}
    assert checks["go modules"].state is checks["python index"].state is State.MISSING
    assert checks["room for a build"].found == "8.0 GB memory, 20.0 GB disk are free"


def test_too_little_memory_for_a_build_is_told_before_it_starts(tmp_path):
    checks = {check.about: check for check in ways([PROVIDER], unreachable(tmp_path), Machine(2.0, 20.0))}
    assert checks["room for a build"].state is State.MISSING
    assert "6.4 GB of free memory, here are 2.0 GB" in checks["room for a build"].right


def test_the_first_go_proxy_with_an_address_counts():
    assert proxy({"GOPROXY": "off,https://proxy.example.com/|direct"}) == "https://proxy.example.com"


def test_without_go_no_proxy_is_made_up(tmp_path):
    assert proxy({"PATH": str(tmp_path)}) == ""


@pytest.mark.engine
def test_without_any_setting_the_index_that_pip_comes_with_is_meant(tmp_path):
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    assert index(environ) == PyPI.simple_url


def test_credentials_in_an_index_address_are_not_shown(tmp_path):
    environ = unreachable(tmp_path) | {"PIP_INDEX_URL": "http://me:secret@127.0.0.1:9/simple"}
    assert not any("secret" in check.found for check in ways([CLI], environ, Machine(8.0, 20.0)))


def test_our_language_host_is_a_part_of_flowvigil(tmp_path):
    checks = {check.about: check for check in parts(machine_with(tmp_path, *COMPLETE))}
    assert checks["pulumi-language-python"].found == "a part of flowvigil"
    assert Path(checks["pulumi"].found.partition("(")[2].rstrip(")")).exists()


def with_go(tmp_path, version):
    environ = unreachable(tmp_path)
    (tmp_path / "go").write_text(f"#!/bin/sh\necho go{version}\n")
    (tmp_path / "go").chmod(0o755)
    return [check.about for check in ways([CLI], environ, Machine(8.0, 20.0))]


def test_a_go_that_is_new_enough_spares_the_python_index(tmp_path):
    assert with_go(tmp_path, wanted()) == ["official release", "go", "go modules", "room for a build"]


def test_too_old_a_go_does_not(tmp_path):
    assert with_go(tmp_path, "1.2.3") == ["official release", "python index", "go modules", "room for a build"]


class Release(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_release_within_reach_is_way_enough(tmp_path):
    with HTTPServer(("127.0.0.1", 0), Release) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        environ = unreachable(tmp_path) | {"FLOWVIGIL_ENGINE_OFFICIAL": f"http://127.0.0.1:{site.server_port}"}
        checks = list(ways([CLI], environ, Machine(8.0, 20.0)))
        site.shutdown()
    assert [(check.about, check.found) for check in checks] == [("official release", "within reach")]


@pytest.mark.engine
def test_a_failing_pip_leaves_the_public_index(tmp_path):
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull, "PIP_TIMEOUT": "soon"}
    assert index(environ) == PyPI.simple_url
