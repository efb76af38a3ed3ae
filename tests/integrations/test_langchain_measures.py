"""What a LangChain run spends: in its event, and handed to whoever asks."""

import time
from uuid import UUID

import pytest
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import LLMResult
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

import flowvigil
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


@pytest.mark.parametrize("usage", [{"output_tokens": 5}, {"input_tokens": None, "output_tokens": 5}, 5, ["canary"]])
def test_a_provider_that_tells_tokens_in_its_own_way_keeps_no_run_from_its_end(seen: Captured, usage: object) -> None:
    answer = AIMessage("x")
    answer.usage_metadata = usage
    GenericFakeChatModel(messages=iter([answer])).invoke("q", {"callbacks": [CallbackHandler("poem")]})
    assert [run["status"] for run in seen.runs] == ["succeeded"]
    assert "canary" not in str(seen.runs)


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


def plain():
    return {"callbacks": [CallbackHandler("poem")]}


def test_a_runs_event_carries_its_tokens_and_its_time_by_component(seen: Captured) -> None:
    (answering((3, 5)) | StrOutputParser()).invoke("q", plain())
    (event,) = seen.runs
    assert (event["input_tokens"], event["output_tokens"]) == ("3", "5")
    assert 0 < float(event["model_ms"]) <= float(event["duration_ms"])
    assert not {"retriever_ms", "tool_ms", "first_token_ms"} & event.keys()


def test_a_streamed_runs_event_carries_its_first_token(seen: Captured) -> None:
    list(FakeListChatModel(responses=["answer"]).stream("q", plain()))
    (event,) = seen.runs
    assert 0 < float(event["first_token_ms"]) < float(event["duration_ms"])


def test_an_empty_chunk_is_no_first_token(seen: Captured) -> None:
    handler = CallbackHandler("poem")
    handler.on_chat_model_start({}, [], run_id=UUID(int=1))
    handler.on_llm_new_token("", run_id=UUID(int=1))
    handler.on_llm_end(LLMResult(generations=[]), run_id=UUID(int=1))
    assert "first_token_ms" not in seen.runs[0]


def test_a_model_inside_a_tool_counts_as_model_only(seen: Captured) -> None:
    model = FakeListChatModel(responses=["x"], sleep=0.05)

    @tool
    def ask(query: str) -> str:
        """Ask."""
        return str(model.invoke(query).content)

    ask.invoke("q", plain())
    (event,) = seen.runs
    assert float(event["model_ms"]) >= 50
    counted_twice = float(event["duration_ms"]) + 50
    assert float(event["model_ms"]) + float(event["tool_ms"]) < counted_twice


def test_a_chain_inside_a_measured_run_tells_that_run_of_its_inside(seen: Captured) -> None:
    with flowvigil.flow("request"):
        (answering((3, 5)) | StrOutputParser()).invoke("q", plain())
    assert [(run["flow"], run["input_tokens"]) for run in seen.runs] == [("request", "3")]


def test_a_chain_inside_an_observed_function_tells_that_function_of_its_inside(seen: Captured) -> None:
    @flowvigil.observe(name="request")
    def answer():
        return answering((3, 5)).invoke("q", plain())

    answer()
    assert [(run["flow"], run["output_tokens"]) for run in seen.runs] == [("request", "5")]


def test_a_run_without_components_is_as_plain_as_any(seen: Captured) -> None:
    RunnableLambda(str).invoke("q", plain())
    assert not {"model_ms", "input_tokens", "version"} & seen.runs[0].keys()
