"""Which flow a name of LangFlow or LangChain means."""

import pytest

from flowvigil.integrations.sources import REMEMBERED, Found, Sources
from flowvigil.reporter.contract import FlowSettings

SOURCES = Sources(
    [
        FlowSettings("by-id", app="langflow", source={"id": "5b0c7e52", "name": "诗"}),
        FlowSettings("by-endpoint", app="langflow", source={"endpoint": "answers"}),
        FlowSettings("by-name", app="langflow", source={"name": "客服问答"}),
        FlowSettings("versions", app="langflow", source={"name": "poem"}, version={"pattern": r" v(\d+)$"}),
        FlowSettings("chain", app="langchain", source={"name": "客服问答"}),
        FlowSettings("broken", app="langchain", source={"name": "b"}, version={"pattern": "("}),
        FlowSettings("own-code"),
    ]
)


@pytest.mark.parametrize(
    ("app", "asked", "found"),
    [
        ("langflow", {"identity": "5b0c7e52-1111", "name": "renamed"}, Found("by-id")),
        ("langflow", {"identity": "6666", "name": "诗"}, None),
        ("langflow", {"name": "诗"}, Found("by-id")),
        ("langflow", {"identity": "6666", "endpoint": "answers"}, Found("by-endpoint")),
        ("langflow", {"identity": "6666", "name": "客服问答"}, Found("by-name")),
        ("langflow", {"identity": "5b0c7e52-1", "endpoint": "answers", "name": "客服问答"}, Found("by-id")),
        ("langflow", {"identity": "6666", "endpoint": "answers", "name": "客服问答"}, Found("by-endpoint")),
        ("langchain", {"name": "客服问答"}, Found("chain")),
        ("langflow", {"name": "poem"}, Found("versions")),
        ("langflow", {"name": "poem v2"}, Found("versions", "2")),
        ("langflow", {"name": "poem draft"}, None),
        ("langchain", {"name": "b"}, Found("broken")),
        ("flow", {"name": "own-code"}, None),
        ("langflow", {}, None),
    ],
)
def test_a_spec_claims_its_own(app: str, asked: dict, found: Found | None) -> None:
    assert SOURCES.find(app, **asked) == found


def test_the_longer_beginning_of_an_id_outranks_the_shorter() -> None:
    flows = [
        FlowSettings("all", app="langflow", source={"id": "5b"}),
        FlowSettings("one", app="langflow", source={"id": "5b0c"}),
    ]
    assert Sources(flows).find("langflow", identity="5b0c7e52") == Found("one")


def test_made_up_names_do_not_fill_the_memory() -> None:
    known = Sources()
    for number in range(REMEMBERED + 5):
        known.find("langflow", name=str(number))
    assert len(known._remembered) == 5
