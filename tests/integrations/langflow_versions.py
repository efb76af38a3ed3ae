"""What older releases of lfx report: by their tracing service where their graphs have no span.

Not collected by itself: `make test-langflow` runs it. Prints the matrix of docs/langflow.md when run as a program.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .environments import environment, installed_into
from .lfx_serving import FLOW, HERE, Server, run_here, runs_in, surroundings

VERSIONS = {"0.3.4": "1.8", "0.4.6": "1.9", "1.10.3": "1.10", "1.11.6": "1.11", "1.12.8": "1.12", "1.13.0": "1.13"}
"""The releases of lfx, and the line of LangFlow each belongs to."""

SILENT = {"0.3.4"}
"""Their `lfx run` and `lfx serve` tell the tracing service of no run; LangFlow's server and Python do."""

STALE = {"0.4.6"}
"""Their `lfx serve` streams at times what an earlier run of its one graph has left."""

WAITING = ("1.11.6", "1.12.8", "1.13.0")
"""Those that can wait for a human."""

POEM, POEM_FAILED = ("poem", "succeeded", None), ("poem", "failed", "ZeroDivisionError")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    return installed_into(tmp_path_factory.mktemp("site"), wheels)


@pytest.fixture(scope="module", params=sorted(set(VERSIONS) - SILENT))
def server(request: pytest.FixtureRequest, site: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("lfx")
    started = Server(environment(f"lfx=={request.param}"), folder, surroundings(folder, site))
    yield started
    started.stop()


def test_every_release_sees_a_client_that_goes_away(server: Server) -> None:
    """The first to ask, for the sake of 0.4."""
    server.leave()
    assert server.new_runs(1) == [("poem", "cancelled", None)]


@pytest.mark.parametrize(
    ("text", "run"), [("hello", POEM), ("fail", POEM_FAILED), ("late", ("poem", "timed_out", "TimeoutError"))]
)
def test_every_release_reports_one_record_per_run(server: Server, text: str, run) -> None:
    server.ask("run", text)
    assert server.new_runs(1) == [run]


@pytest.mark.parametrize("server", sorted(set(VERSIONS) - SILENT - STALE), indirect=True)
@pytest.mark.parametrize(("text", "run"), [("hello", POEM), ("fail", POEM_FAILED)])
def test_a_stream_is_one_run(server: Server, text: str, run) -> None:
    server.ask("stream", text)
    assert server.new_runs(1) == [run]


def test_every_release_keeps_three_runs_apart(server: Server) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: server.ask("run", "hello"), range(3)))
    assert server.new_runs(3) == [POEM] * 3


@pytest.mark.parametrize("version", sorted(set(VERSIONS) - SILENT))
@pytest.mark.parametrize(("text", "run"), [("hello", POEM), ("fail", POEM_FAILED)])
def test_lfx_run_is_one_run_in_every_release(version: str, site: Path, tmp_path: Path, text: str, run) -> None:
    binaries = environment(f"lfx=={version}")
    environ = surroundings(tmp_path, site)
    assert runs_in(run_here(binaries, tmp_path, binaries / "lfx", "run", str(FLOW), text, environ=environ)) == [run]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("what", "runs"),
    [
        ("together", [POEM_FAILED, POEM, ("poem", "timed_out", "TimeoutError")]),
        ("cancelled", [("poem", "cancelled", None)]),
        ("left", [POEM_FAILED]),
    ],
)
def test_python_runs_are_one_run_each_in_every_release(
    version: str, site: Path, tmp_path: Path, what: str, runs
) -> None:
    environ = surroundings(tmp_path, site)
    printed = run_here(environment(f"lfx=={version}"), tmp_path, HERE / "lfx_runs.py", what, environ=environ)
    assert sorted(runs_in(printed)) == runs


@pytest.mark.parametrize("version", WAITING)
def test_a_run_that_waited_is_one_run_without_the_wait(version: str, site: Path, tmp_path: Path) -> None:
    environ = surroundings(tmp_path, site)
    printed = run_here(environment(f"lfx=={version}"), tmp_path, HERE / "lfx_runs.py", "paused", environ=environ)
    assert runs_in(printed) == [POEM]
    event = next(json.loads(line) for line in printed.splitlines() if '"event": "run"' in line)
    lasted = next(json.loads(line)["lasted_ms"] for line in printed.splitlines() if "lasted_ms" in line)
    assert float(event["duration_ms"]) <= lasted - 1000


@pytest.mark.parametrize("version", VERSIONS)
def test_one_call_measures_a_script_in_every_release(version: str, site: Path, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "flowvigil").symlink_to(site / "flowvigil")
    environ = surroundings(tmp_path, tmp_path / "bare")
    printed = run_here(
        environment(f"lfx=={version}"), tmp_path, HERE / "lfx_runs.py", "cancelled", "instrument", environ=environ
    )
    assert runs_in(printed) == [("poem", "cancelled", None)]
