"""What is recorded around LangFlow's own span of a run, on a graph that only has that span."""

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

import flowvigil
from flowvigil.integrations import langflow
from flowvigil.integrations.langflow import flows
from flowvigil.integrations.langflow.span import component, measured
from flowvigil.integrations.sources import Sources
from flowvigil.reporter.contract import FlowSettings
from flowvigil.testing import Captured

ANY_NAME = Sources(known=False)
CLAIMS = Sources([FlowSettings("poem", app="langflow", source={"id": "5b0c"}, version={"pattern": r"v(\d)"})])


def run_of(name="poem", identity=None, *, known=ANY_NAME, error=None, kept=None, during=int, **graph):
    """Run one flow; returns what the driver was handed."""
    scope = SimpleNamespace(error_type=None)

    @contextmanager
    def flow_execution_span(_graph, *, make_current=True):
        yield scope

    span = measured(flow_execution_span, known)
    with span(SimpleNamespace(flow_name=name, flow_id=identity, **graph), make_current=False) as handed:
        handed.error_type = kept
        during()
        if error:
            raise error
    return handed is scope


def ends(seen):
    return [(run["flow"], run["status"], run.get("error_type")) for run in seen.runs]


def test_a_flow_is_one_run_and_its_driver_gets_langflows_scope(seen: Captured) -> None:
    assert run_of()
    assert ends(seen) == [("poem", "succeeded", None)]


def test_a_failure_is_named_after_its_root_and_passes_unchanged(seen: Captured) -> None:
    wrapped = RuntimeError("canary")
    wrapped.__cause__ = ZeroDivisionError("canary")
    with pytest.raises(RuntimeError) as caught:
        run_of(error=wrapped)
    assert caught.value is wrapped
    assert ends(seen) == [("poem", "failed", "ZeroDivisionError")]
    assert "canary" not in str(seen.runs)


def test_a_timeout_at_the_root_is_a_timeout(seen: Captured) -> None:
    wrapped = RuntimeError()
    wrapped.__cause__ = TimeoutError()
    with pytest.raises(RuntimeError):
        run_of(error=wrapped)
    assert ends(seen) == [("poem", "timed_out", "TimeoutError")]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit()])
def test_what_was_given_up_is_cancelled(seen: Captured, error: BaseException) -> None:
    with pytest.raises(type(error)):
        run_of(error=error)
    assert ends(seen) == [("poem", "cancelled", None)]


def test_an_error_that_is_its_own_cause_ends_the_run(seen: Captured) -> None:
    error = ValueError()
    error.__cause__ = error
    with pytest.raises(ValueError):  # noqa: PT011 - it has no text
        run_of(error=error)
    assert ends(seen) == [("poem", "failed", "ValueError")]


@pytest.mark.parametrize(("kept", "status"), [("ValueError", "failed"), ("ReadTimeout", "timed_out")])
def test_an_error_that_the_driver_kept_to_itself_counts(seen: Captured, kept: str, status: str) -> None:
    run_of(kept=kept)
    assert ends(seen) == [("poem", status, kept)]


def raised_inside():
    """A component of the present run fails; its driver waits for those beside it."""
    wrapped = RuntimeError()
    wrapped.__cause__ = ZeroDivisionError("canary")
    with pytest.raises(RuntimeError), component():
        raise wrapped


def test_an_error_that_a_component_raised_names_the_failure_that_its_driver_kept(seen: Captured) -> None:
    run_of(kept="ComponentBuildError", during=raised_inside)
    run_of(during=raised_inside)
    run_of(kept="ComponentBuildError")
    assert ends(seen) == [
        ("poem", "failed", "ZeroDivisionError"),
        ("poem", "succeeded", None),
        ("poem", "failed", "ComponentBuildError"),
    ]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit()])
def test_a_client_that_leaves_does_not_hide_what_a_component_raised(seen: Captured, error: BaseException) -> None:
    with pytest.raises(type(error)):
        run_of(during=raised_inside, error=error)
    assert ends(seen) == [("poem", "failed", "ZeroDivisionError")]
    assert "canary" not in str(seen.runs)


@pytest.mark.parametrize(("kept", "status"), [("ValueError", "failed"), ("ReadTimeout", "timed_out")])
def test_a_client_that_leaves_does_not_hide_the_error_that_the_driver_kept(
    seen: Captured, kept: str, status: str
) -> None:
    with pytest.raises(asyncio.CancelledError):
        run_of(kept=kept, error=asyncio.CancelledError())
    assert ends(seen) == [("poem", status, kept)]


@pytest.mark.parametrize("subgraph", [True, False])
def test_a_failure_that_the_flow_around_it_has_handled_is_none_when_the_client_leaves(
    seen: Captured, *, subgraph: bool
) -> None:
    def flow_as_a_tool():
        with pytest.raises(KeyError):
            run_of("inner", during=raised_inside, error=KeyError(), _is_subgraph=subgraph)

    with pytest.raises(asyncio.CancelledError):
        run_of(during=flow_as_a_tool, error=asyncio.CancelledError())
    assert ends(seen) == [("poem", "cancelled", None)]


def test_an_iteration_of_a_loop_is_no_run(seen: Captured) -> None:
    run_of(_is_subgraph=True)
    assert ends(seen) == []


def test_a_flow_inside_a_measured_run_is_no_run(seen: Captured) -> None:
    with flowvigil.flow("outer"):
        run_of()
    assert ends(seen) == [("outer", "succeeded", None)]


@pytest.mark.parametrize(
    ("asked", "told", "flow"),
    [
        ({"name": "renamed", "identity": "5b0c7e52", "known": CLAIMS}, "", "poem"),
        ({"name": "其他", "identity": "6666", "known": CLAIMS}, "", "unmatched"),
        ({"name": None, "known": CLAIMS}, "told", "told"),
        ({"name": "其他"}, "", "其他"),
        ({"name": None}, "", "unmatched"),
        ({"name": "其他"}, "told", "told"),
    ],
)
def test_a_flow_is_named_by_its_spec_then_by_the_environment(
    seen: Captured, monkeypatch: pytest.MonkeyPatch, asked: dict, told: str, flow: str
) -> None:
    monkeypatch.setenv("FLOWVIGIL_FLOW", told)
    run_of(**asked)
    assert ends(seen) == [(flow, "succeeded", None)]


def test_a_version_is_read_from_langflows_name(seen: Captured) -> None:
    run_of("poem v2", "5b0c7e52", known=CLAIMS)
    assert seen.runs[0]["version"] == "2"


def test_a_public_flow_is_known_by_its_own_id(seen: Captured) -> None:
    run_of("any", "made-up-for-a-visitor", known=CLAIMS, source_flow_id="5b0c7e52")
    assert ends(seen) == [("poem", "succeeded", None)]


def test_an_endpoint_is_known_once_the_server_has_loaded_the_flow(
    seen: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Sources([FlowSettings("answers", app="langflow", source={"endpoint": "ask"})])
    monkeypatch.setattr(flows, "ENDPOINTS", {})
    run_of("客服问答", "77", known=known)
    assert [flow for flow, _, _ in ends(seen)] == ["unmatched"]
    flows._loaded(SimpleNamespace(id="77", endpoint_name="ask"))
    run_of("客服问答", "77", known=known)
    assert sorted(flow for flow, _, _ in ends(seen)) == ["answers", "unmatched"]


@pytest.mark.engine
def test_without_langflow_nothing_happens_and_one_line_says_why() -> None:
    code = "from flowvigil.integrations.langflow import instrument; print(instrument(), instrument())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={"FLOWVIGIL_ENV": "t"}, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False False\n"
    assert done.stderr.count("lfx (not installed): its flows are not measured") == 1


def test_switched_off_langflow_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWVIGIL_OFF", "1")
    monkeypatch.setattr(langflow, "wrap_spans", lambda _known: pytest.fail("LangFlow was touched"))
    assert langflow.instrument() is False
