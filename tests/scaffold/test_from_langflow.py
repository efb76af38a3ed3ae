"""A first spec for each flow of a LangFlow: an id of its own, a title, a source that recognises its runs."""

import pytest
import yaml

from flowvigil.provisioner import spec
from flowvigil.scaffold.answers import Answers
from flowvigil.scaffold.from_langflow import flow_ids, specs
from flowvigil.scaffold.rendering import render
from flowvigil.scaffold.writing import write
from flowvigil.telemetry.langflow import Listed

ID, OTHER = "5b0c7e52-1111-4222-8333-444455556666", "6b0c7e52-1111-4222-8333-444455556666"


@pytest.mark.parametrize(
    ("one", "flow"),
    [
        (Listed("Poem Generator"), "poem-generator"),
        (Listed("写诗", ID, "poem"), "poem"),
        (Listed("写诗", ID), "flow-5b0c7e52"),
        (Listed("客服问答 v2", ID), "flow-5b0c7e52"),
        (Listed("写诗"), "flow-19233eab"),
        (Listed("Poème"), "po-me"),
        (Listed("x", ID), "flow-5b0c7e52"),
        (Listed("contacts", ID), "contacts-5b0c7e52"),
        (Listed("a" * 99), "a" * 40),
        (Listed("!!!", ID), "flow-5b0c7e52"),
    ],
)
def test_an_id_is_made_from_what_people_chose(one, flow):
    assert flow_ids([one]) == {one: flow}


def test_names_that_collide_get_a_piece_of_langflows_id_each():
    flows = [Listed("Poem", ID), Listed("poem!", OTHER), Listed("写诗", "", "poem")]
    assert list(flow_ids(flows).values()) == ["poem-5b0c7e52", "poem-6b0c7e52", flow_ids(flows)[flows[2]]]
    assert len(set(flow_ids(flows).values())) == 3


def test_ids_that_collide_all_the_way_differ_in_the_end():
    flows = [Listed(name, "5b0c7e52" + end) for name, end in (("poem", "1"), ("Poem", "2"), ("poem-5b0c7e52", "3"))]
    assert len(set(flow_ids(flows).values())) == 3


def sources(*flows):
    return [yaml.safe_load(text)["source"]["langflow"] for text in specs(flows, "team").values()]


def test_a_running_langflow_tells_ids_that_last():
    assert sources(Listed("写诗", ID, "poem", live=True)) == [{"id": ID}]


def test_an_exported_flow_may_get_another_id_where_it_is_imported():
    assert sources(Listed("写诗", ID, "poem")) == [{"endpoint": "poem", "name": "写诗"}]


def test_an_exported_name_that_two_flows_have_is_no_source():
    assert sources(Listed("写诗", ID), Listed("写诗", OTHER)) == [{"id": ID}, {"id": OTHER}]


def test_the_project_loads_whatever_langflow_calls_its_flows(tmp_path):
    names = ["写诗", "yes", "1234", "a: b # c", "defaults", "tab\tand\nline", "长" * 200, "'\"", "poem"]
    flows = [Listed(name, f"{number:08x}-1") for number, name in enumerate(names)]
    write(tmp_path, render(Answers("own", owner="team"), specs(flows, "team")))
    monitors = spec.load(tmp_path / "monitors", "local").monitors
    assert {one.source.name or one.source.id for one in monitors} == {*names} - {"长" * 200} | {"00000006-1"}
    assert all(len(one.conditions) == 5 for one in monitors)
