"""The rest of a flow's keys, and what only shows between flows."""

from __future__ import annotations

import pytest

from flowvigil.provisioner import spec
from flowvigil.provisioner.logs import INDEX
from flowvigil.provisioner.monitor import Dimension, LogStore, Monitor, Source

from .conftest import Project

FLOW = "flow: poem-generator\nowner: assistant-team\n"


def monitor(project: Project, text: str) -> Monitor:
    (found,) = spec.load(project.write(**{"team/poem.yaml": FLOW + text}), "local").monitors
    return found


def test_the_file_is_relative_to_the_folder(project: Project) -> None:
    assert monitor(project, "").file == "team/poem.yaml"


def test_a_langflow_source_keeps_all_that_matches_it(project: Project) -> None:
    found = monitor(project, "source: {langflow: {id: 5b0c, endpoint: poem, name: 诗}, version: {env: VERSION}}\n")
    assert found.source == Source("langflow", "5b0c", "poem", "诗", version_env="VERSION")


def test_a_langchain_source_has_a_name(project: Project) -> None:
    found = monitor(project, "source: {langchain: {name: poem}, version: {pattern: '-v(.+)$'}}\n")
    assert found.source == Source("langchain", name="poem", version_pattern="-v(.+)$")


def test_a_flow_that_names_no_source_is_matched_by_its_id(project: Project) -> None:
    assert monitor(project, "").source == Source("flow")


def test_logs_and_their_context_are_separate(project: Project) -> None:
    found = monitor(
        project, "logs: {project: llm-prod, logstore: runs, context: {project: app-prod, logstore: errors}}\n"
    )
    assert (found.logs, found.context) == (LogStore("llm-prod", "runs"), LogStore("app-prod", "errors"))


def test_dimensions_are_sorted_and_their_values_kept_in_order(project: Project) -> None:
    found = monitor(project, "dimensions: {plan: [paid, free], channel: [web]}\n")
    assert found.dimensions == (Dimension("channel", ("web",)), Dimension("plan", ("paid", "free")))


@pytest.mark.parametrize("name", sorted(INDEX))
def test_no_dimension_is_called_like_a_field_that_every_store_of_runs_indexes(project: Project, name: str) -> None:
    project.write(**{"poem.yaml": FLOW + f"dimensions: {{{name}: [a, b]}}\n"})
    assert [one.id for one in spec.problems(project.monitors)] == ["reserved"]


def test_words_about_the_flow_are_kept(project: Project) -> None:
    found = monitor(project, "title: 写诗\nrunbook: https://wiki.example.com/a#b\nrenamed_from: verse\n")
    assert (found.title, found.runbook, found.renamed_from) == ("写诗", "https://wiki.example.com/a#b", "verse")


def test_monitors_are_ordered_by_flow(project: Project) -> None:
    project.write(**{"a.yaml": "flow: zebra\nowner: assistant-team\n", "z.yaml": "flow: ant\nowner: assistant-team\n"})
    assert [one.flow for one in spec.load(project.monitors, "local").monitors] == ["ant", "zebra"]


def test_all_problems_of_all_files_come_at_once_in_order(project: Project) -> None:
    project.write(**{"b.yaml": FLOW + "alarms: {p95: {warning: 5}}\nsampling: 0\n", "a.yaml": "flow: a\n"})
    found = spec.problems(project.monitors)
    assert [(one.file, one.line) for one in found] == [
        ("monitors/a.yaml", 1),
        ("monitors/b.yaml", 3),
        ("monitors/b.yaml", 4),
    ]


def test_a_spec_error_prints_every_problem(project: Project) -> None:
    project.write(**{"a.yaml": FLOW + "sampling: 0\n", "b.yaml": "flow: b-b\nowner: nobody\n"})
    try:
        spec.load(project.monitors, "local")
    except spec.SpecError as error:
        text = str(error)
    assert [line.split(": ")[0] for line in text.split("\n")] == ["monitors/a.yaml:3:11", "monitors/b.yaml:2:8"]


def test_one_mistake_in_shared_defaults_is_told_once(project: Project) -> None:
    project.write(**{"defaults.yaml": "repeat: {critical: 1m}\n"})
    project.write(**{f"{flow}.yaml": f"flow: {flow}\nowner: assistant-team\n" for flow in ("aa", "bb", "cc")})
    assert len(spec.problems(project.monitors)) == 1


def test_legal_ids_stay_apart_after_the_clouds_rewriting(project: Project) -> None:
    """The cloud turns everything but letters and digits into `_`, which no legal id holds."""
    project.write(**{"a.yaml": "flow: a_b\nowner: assistant-team\n"})
    (problem,) = spec.problems(project.monitors)
    assert problem.path == "flow"


def test_a_pattern_that_python_warns_of_is_taken_without_a_word(project: Project) -> None:
    found = monitor(project, "source: {version: {pattern: '_v([[0-9]+)$'}}\n")
    assert found.source.version_pattern == "_v([[0-9]+)$"
