"""Which flow a name of LangFlow or LangChain means."""

import pytest

from flowvigil.integrations.sources import Found, Sources
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
