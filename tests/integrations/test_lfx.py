"""What the real lfx, LangFlow's engine, reports with our wheel beside it: one record per run, whatever ends it."""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flowvigil.reporter.contract import FlowSettings, Settings, settings_to_json

from .environments import environment, installed_into
from .lfx_serving import FLOW, HERE, Server, run_here, runs_in, surroundings

pytestmark = pytest.mark.engine

SCRIPT = HERE / "lfx_runs.py"
POEM, POEM_FAILED = ("poem", "succeeded", None), ("poem", "failed", "ZeroDivisionError")


@pytest.fixture(scope="module")
def lfx() -> Path:
    return environment("lfx==1.13.0")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    return installed_into(tmp_path_factory.mktemp("site"), wheels)


@pytest.fixture(scope="module")
def server(lfx: Path, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("lfx")
    started = Server(lfx, folder, surroundings(folder, site))
    yield started
    started.stop()


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    flows = (
        FlowSettings("poem", app="langflow", source={"id": "5b0c7e52"}),
        FlowSettings("support-answer", app="langflow", source={"name": "客服问答"}, version={"pattern": r" v(\d+)$"}),
    )
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings_to_json(Settings("svc", "cn-hangzhou", flows=flows))))
    return {"FLOWVIGIL_SETTINGS": str(path), "FLOWVIGIL_FLOW": ""}


@pytest.mark.parametrize(
    ("way", "text", "http", "run"),
    [
        ("run", "hello", 200, POEM),
        ("run", "fail", 500, POEM_FAILED),
        ("run", "late", 500, ("poem", "timed_out", "TimeoutError")),
        ("stream", "hello", 200, POEM),
        ("stream", "fail", 200, POEM_FAILED),
    ],
)
def test_a_served_flow_is_one_run_however_http_answers(server: Server, way: str, text: str, http: int, run) -> None:
    assert server.ask(way, text) == http
    assert server.new_runs(1) == [run]


def test_a_client_that_goes_away_cancels_the_run(server: Server) -> None:
    server.leave()
    assert server.new_runs(1) == [("poem", "cancelled", None)]


def test_three_runs_at_once_are_three_runs(server: Server) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: server.ask("run", "hello"), range(3))) == [200] * 3
    assert server.new_runs(3) == [POEM] * 3


def test_a_run_in_the_middle_of_a_sigterm_is_reported_once_as_cancelled(server: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        with server.until_it_waits():
            pool.submit(server.ask, "run", "wait", 5)
        server.process.send_signal(signal.SIGTERM)
        assert server.new_runs(1) == [("poem", "cancelled", None)]


def test_no_text_of_a_run_is_ever_reported(server: Server) -> None:
    events = [line for line in server.log.read_text().splitlines() if '"event": "run"' in line]
    assert "canary" not in "".join(events)


@pytest.mark.parametrize(("text", "run"), [("hello", POEM), ("fail", POEM_FAILED)])
def test_lfx_run_is_one_run(lfx: Path, site: Path, tmp_path: Path, text: str, run) -> None:
    environ = surroundings(tmp_path, site)
    assert runs_in(run_here(lfx, tmp_path, lfx / "lfx", "run", str(FLOW), text, environ=environ)) == [run]


def reported(lfx: Path, site: Path, folder: Path, what: str, **environ: str) -> str:
    return run_here(lfx, folder, SCRIPT, what, environ=surroundings(folder, site, **environ))


def test_a_flow_is_found_by_id_then_by_name_and_else_is_unmatched(
    lfx: Path, site: Path, tmp_path: Path, settings
) -> None:
    printed = reported(lfx, site, tmp_path, "named", **settings)
    events = [json.loads(line) for line in printed.splitlines() if '"event": "run"' in line]
    assert sorted((event["flow"], event.get("version", "")) for event in events) == [
        ("poem", ""),
        ("support-answer", "2"),
        ("unmatched", ""),
        ("unmatched", ""),
        ("unmatched", ""),
    ]


def test_a_cancelled_task_is_a_cancelled_run(lfx: Path, site: Path, tmp_path: Path, settings) -> None:
    assert runs_in(reported(lfx, site, tmp_path, "cancelled", **settings)) == [("poem", "cancelled", None)]


def test_a_client_that_leaves_does_not_hide_that_a_component_has_failed(
    lfx: Path, site: Path, tmp_path: Path, settings
) -> None:
    assert runs_in(reported(lfx, site, tmp_path, "left", **settings)) == [POEM_FAILED]


def test_runs_that_overlap_end_each_in_its_own_way(lfx: Path, site: Path, tmp_path: Path, settings) -> None:
    ends = runs_in(reported(lfx, site, tmp_path, "together", **settings))
    assert sorted(ends) == [POEM_FAILED, POEM, ("poem", "timed_out", "TimeoutError")]


def test_a_paused_run_is_one_run_without_the_wait_for_a_human(lfx: Path, site: Path, tmp_path: Path, settings) -> None:
    printed = reported(lfx, site, tmp_path, "paused", **settings)
    assert runs_in(printed) == [POEM]
    event = next(json.loads(line) for line in printed.splitlines() if '"event": "run"' in line)
    lasted = next(json.loads(line)["lasted_ms"] for line in printed.splitlines() if "lasted_ms" in line)
    assert float(event["duration_ms"]) <= lasted - 1000


def test_ten_thousand_names_are_at_most_a_thousand_flows_and_one_line_says_so(
    lfx: Path, site: Path, tmp_path: Path
) -> None:
    printed = reported(lfx, site, tmp_path, "many", FLOWVIGIL_FLOW="")
    flows = {flow for flow, _, _ in runs_in(printed)}
    assert len(flows) == 1_001
    assert "other" in flows
    assert printed.count("over 1000 flows") == 1


def test_a_script_needs_no_plug_in_but_one_call(lfx: Path, site: Path, tmp_path: Path, settings) -> None:
    environ = surroundings(tmp_path, site, **settings, PYTHONPATH=f"{bare(site, tmp_path)}:{HERE}")
    assert runs_in(run_here(lfx, tmp_path, SCRIPT, "cancelled", environ=environ)) == []
    printed = run_here(lfx, tmp_path, SCRIPT, "cancelled", "instrument", environ=environ)
    assert runs_in(printed) == [("poem", "cancelled", None)]


OTHERS = """\
from lfx.services.tracing.service import TracingService


class Theirs(TracingService):
    def get_tracer(self, _name):
        return None
"""


@pytest.mark.parametrize("config", ["", '[services]\ntracing_service = "theirs:Theirs"\n'])
def test_another_tracing_service_takes_no_run_away(
    lfx: Path, site: Path, tmp_path: Path, settings, config: str
) -> None:
    others = tmp_path / "aaa_theirs-1.0.dist-info"
    others.mkdir()
    (others / "METADATA").write_text("Name: aaa-theirs\nVersion: 1.0\n")
    (others / "entry_points.txt").write_text("[lfx.services]\ntracing_service = theirs:Theirs\n")
    (tmp_path / "theirs.py").write_text(OTHERS)
    (tmp_path / "lfx.toml").write_text(config)
    path = f"{tmp_path}:{site}:{HERE}"
    assert runs_in(reported(lfx, site, tmp_path, "together", **settings, PYTHONPATH=path)).count(POEM) == 1


def test_switched_off_a_flow_runs_and_nothing_is_reported(lfx: Path, site: Path, tmp_path: Path) -> None:
    printed = reported(lfx, site, tmp_path, "named", FLOWVIGIL_OFF="1")
    assert runs_in(printed) == []
    assert "Traceback" not in printed


def doctors_word(lfx: Path, site: Path, folder: Path, **environ: str) -> dict[str, str]:
    environ = surroundings(folder, site, **environ)
    printed = run_here(lfx, folder, lfx / "python", "-m", "flowvigil.doctor", "--json", environ=environ)
    return next(finding for finding in json.loads(printed[printed.index("[\n") :]) if finding["check"] == "langflow")


def test_the_doctor_names_the_route_and_what_loads_it(lfx: Path, site: Path, tmp_path: Path) -> None:
    found = doctors_word(lfx, site, tmp_path)
    assert found["state"] == "ok"
    assert found["text"] == (
        "lfx 1.13.0: every run, by Graph.flow_execution_span; loaded by the entry point lfx.services: tracing_service"
    )


def test_the_doctor_gives_the_line_where_nothing_loads_the_plug_in(lfx: Path, site: Path, tmp_path: Path) -> None:
    found = doctors_word(lfx, site, tmp_path, PYTHONPATH=str(bare(site, tmp_path)))
    assert found["state"] == "bad"
    assert 'tracing_service = "flowvigil.integrations.langflow.service:TracingService"' in found["text"]


def test_the_line_in_lfx_toml_loads_the_plug_in_without_the_entry_point(
    lfx: Path, site: Path, tmp_path: Path, settings
) -> None:
    line = doctors_word(lfx, site, tmp_path, PYTHONPATH=str(bare(site, tmp_path)))["text"].partition("[services]: ")[2]
    (tmp_path / "lfx.toml").write_text(f"[services]\n{line}\n")
    path = f"{bare(site, tmp_path)}:{HERE}"
    assert doctors_word(lfx, site, tmp_path, PYTHONPATH=path)["text"].endswith(f"loaded by {tmp_path / 'lfx.toml'}")
    assert POEM in runs_in(reported(lfx, site, tmp_path, "together", **settings, PYTHONPATH=path))


def bare(site: Path, folder: Path) -> Path:
    """Our code on the path, not installed."""
    path = folder / "bare"
    if not path.exists():
        path.mkdir()
        (path / "flowvigil").symlink_to(site / "flowvigil")
    return path
