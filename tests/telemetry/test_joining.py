"""Flows that there are against flows that are watched."""

import pytest

from flowvigil.provisioner import spec
from flowvigil.telemetry.code import Coded
from flowvigil.telemetry.joining import gaps
from flowvigil.telemetry.langflow import Listed

ID = "5b0c7e52-1111-4222-8333-444455556666"
SPECS = {
    "poem": "source: {langflow: {id: 5b0c7e52}}\n",
    "answer": "source: {langflow: {name: 客服问答}, version: {pattern: ' v(.)$'}}\n",
    "ask": "source: {langflow: {endpoint: ask}}\n",
    "own": "",
    "chain": "source: {langchain: {name: chain}}\n",
}
ALARMS = "alarms: {p95: {warning: 5s}}\nnotify: {critical: [oncall], warning: [oncall]}\n"
MET = [Listed("renamed", ID), Listed("客服问答 v2"), Listed("any", "77", "ask")]


@pytest.fixture
def monitors(tmp_path):
    (tmp_path / "monitors").mkdir()
    (tmp_path / "flowvigil.yaml").write_text("spec: 1\n")
    (tmp_path / "monitors" / "contacts.yaml").write_text("groups: {oncall: {existing: true}}\n")
    for flow, source in SPECS.items():
        (tmp_path / "monitors" / f"{flow}.yaml").write_text(f"flow: {flow}\n{source}{ALARMS}")
    return spec.load(
        tmp_path / "monitors",
        "local",
    ).monitors


def said(monitors, **sides):
    return [(gap.kind, gap.flow) for gap in gaps(monitors, **sides)]


def test_nothing_follows_from_a_side_that_was_not_looked_at(monitors):
    assert said(monitors) == []


def test_flows_are_matched_as_their_runs_are(monitors):
    assert said(monitors, langflow=MET) == []


def test_a_spec_whose_flow_langflow_does_not_have_is_unreported(monitors):
    (gap,) = gaps(monitors, langflow=MET[1:])
    assert (gap.kind, gap.flow) == ("unreported", "poem")
    assert gap.message == "no flow of LangFlow has the id 5b0c7e52; nobody reports this one"


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (Listed("写诗", "99", live=True), 'source: {langflow: {id: "99"}}'),
        (Listed("写诗", "99"), 'source: {langflow: {name: "写诗"}}'),
        (Listed('a "b"', "99", "e"), 'source: {langflow: {endpoint: "e", name: "a \\"b\\""}}'),
    ],
)
def test_a_flow_of_langflow_without_a_spec_is_told_the_line_to_add(monitors, one, line):
    (gap,) = gaps(monitors, langflow=[*MET, one])
    assert (gap.kind, gap.flow) == ("unwatched", one.name)
    assert gap.message.endswith(f"add to one: {line}")


def test_code_and_specs_of_own_flows_meet_by_name(monitors):
    assert said(monitors, code=[Coded("own", "a.py", 1)]) == []
    assert said(monitors, code=[]) == [("unreported", "own")]
    assert said(monitors, code=[Coded("own", "a.py", 1), Coded("new", "b.py", 2)]) == [("unwatched", "new")]


@pytest.mark.parametrize("name", ["客服问答", "a b", "a" * 65, ""])
def test_a_name_that_the_cloud_would_rewrite_is_told_with_its_place(monitors, name):
    (gap,) = gaps(monitors, code=[Coded("own", "a.py", 1), Coded(name, "b.py", 2)])
    assert (gap.kind, gap.flow) == ("rewritten", name)
    assert "b.py:2" in gap.message
