"""What a LangChain run spends, handed to whoever asks."""

import time

import pytest
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from flowvigil.integrations.langchain import CallbackHandler
from flowvigil.testing import Captured


def answering(*tokens):
    """A model whose answers say what they cost."""
    answers = [
        AIMessage("x", usage_metadata={"input_tokens": given, "output_tokens": made, "total_tokens": given + made})
        for given, made in tokens
    ]
    return GenericFakeChatModel(messages=iter(answers))


@pytest.fixture
def spent(seen: Captured) -> list:
    return []


def under(spent):
    return {"callbacks": [CallbackHandler("poem", on_measures=spent.append)]}


def test_the_tokens_of_all_models_of_a_run_are_summed(spent: list) -> None:
    model = answering((3, 5), (10, 20))
    (model | StrOutputParser() | model).invoke("q", under(spent))
    assert [(one.flow, one.input_tokens, one.output_tokens) for one in spent] == [("poem", 13, 25)]


def test_a_model_that_gives_no_tokens_has_none(spent: list) -> None:
    FakeListChatModel(responses=["x"]).invoke("q", under(spent))
    assert (spent[0].input_tokens, spent[0].output_tokens) == (None, None)


def test_the_first_token_counts_from_the_start_of_the_run(spent: list, seen: Captured) -> None:
    def slow(question):
        time.sleep(0.03)
        return question

    model = FakeListChatModel(responses=["answer"], sleep=0.02)
    list((RunnableLambda(slow) | model).stream("q", under(spent)))
    after_it = 5 * 20
    assert 50 <= spent[0].first_token_ms <= float(seen.runs[0]["duration_ms"]) - after_it


def test_a_run_that_does_not_stream_has_no_first_token(spent: list) -> None:
    FakeListChatModel(responses=["x"]).invoke("q", under(spent))
    assert spent[0].first_token_ms is None


def test_time_is_told_by_kind_of_component(spent: list) -> None:
    @tool
    def search(query: str) -> str:
        """Search."""
        time.sleep(0.02)
        return query

    class Shelf(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            time.sleep(0.04)
            return [Document(query)]

    chain = search | Shelf() | RunnableLambda(str) | FakeListChatModel(responses=["x"], sleep=0.08)
    chain.invoke("q", under(spent))
    assert spent[0].tool_ms >= 20
    assert spent[0].retriever_ms >= 40
    assert spent[0].model_ms >= 80


def test_measures_of_a_failed_run_are_told_too(spent: list) -> None:
    with pytest.raises(ZeroDivisionError):
        (answering((3, 5)) | RunnableLambda(lambda _answer: 1 / 0)).invoke("q", under(spent))
    assert spent[0].output_tokens == 5


def test_whoever_asks_and_stumbles_does_not_stop_the_run(seen: Captured) -> None:
    def stumble(_measures):
        raise RuntimeError

    chain = RunnableLambda(str)
    assert chain.invoke("q", {"callbacks": [CallbackHandler("poem", on_measures=stumble)]}) == "q"
    assert [run["status"] for run in seen.runs] == ["succeeded"]
