"""How LangChain runs end in the records, with real LangChain and models that only pretend."""

import asyncio
import copy
import threading
from time import perf_counter
from uuid import UUID

import pytest
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool

import flowvigil
from flowvigil.integrations.langchain import CallbackHandler
from flowvigil.integrations.sources import Sources
from flowvigil.reporter.contract import FlowSettings
from flowvigil.testing import Captured

PROMPT = ChatPromptTemplate.from_template("write about {topic}")
ASKED = {"topic": "canary prompt"}


def poem(model=None):
    return PROMPT | (model or FakeListChatModel(responses=["canary answer"])) | StrOutputParser()


def under(name="poem", **more):
    return {"callbacks": [CallbackHandler(name)], **more}


def failing(error):
    def fail(_question):
        raise error

    return PROMPT | RunnableLambda(fail)


def ends(seen):
    return [(run["flow"], run["status"]) for run in seen.runs]


def errors(seen):
    return [run.get("error_type") for run in seen.runs]


def test_a_chain_is_one_run(seen: Captured) -> None:
    assert poem().invoke(ASKED, under()) == "canary answer"
    assert ends(seen) == [("poem", "succeeded")]


def test_an_async_chain_is_one_run(seen: Captured) -> None:
    assert asyncio.run(poem().ainvoke(ASKED, under())) == "canary answer"
    assert ends(seen) == [("poem", "succeeded")]


def test_a_model_or_a_tool_alone_is_a_flow_of_its_own_name(seen: Captured) -> None:
    @tool
    def look_up(word: str) -> str:
        """What it means."""
        return word

    unnamed = {"callbacks": [CallbackHandler()]}
    look_up.invoke("canary", unnamed)
    FakeListChatModel(responses=["canary answer"]).invoke("canary prompt", unnamed)
    asyncio.run(FakeListChatModel(responses=["canary answer"]).ainvoke("canary prompt", unnamed))
    assert sorted(flow for flow, _ in ends(seen)) == ["FakeListChatModel", "FakeListChatModel", "look_up"]


def test_a_run_lasts_as_long_as_its_chain(seen: Captured) -> None:
    begun = perf_counter()
    poem(FakeListChatModel(responses=["x"], sleep=0.03)).invoke(ASKED, under())
    assert 30 <= float(seen.runs[0]["duration_ms"]) <= (perf_counter() - begun) * 1000


def test_neither_prompt_nor_answer_nor_an_errors_text_is_kept(seen: Captured) -> None:
    poem().invoke(ASKED, under())
    with pytest.raises(ValueError, match="canary"):
        failing(ValueError("canary error")).invoke(ASKED, under())
    assert "canary" not in str(seen.runs)


def test_an_exception_fails_the_run_by_its_class(seen: Captured) -> None:
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError()).invoke(ASKED, under())
    assert (ends(seen), errors(seen)) == ([("poem", "failed")], ["ZeroDivisionError"])


def test_an_exception_of_an_async_chain_fails_the_run(seen: Captured) -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(failing(ZeroDivisionError()).ainvoke(ASKED, under()))
    assert ends(seen) == [("poem", "failed")]


def test_a_timeout_is_timed_out(seen: Captured) -> None:
    with pytest.raises(TimeoutError):
        failing(TimeoutError()).invoke(ASKED, under())
    assert ends(seen) == [("poem", "timed_out")]


def test_an_interrupted_process_cancels_the_run(seen: Captured) -> None:
    with pytest.raises(KeyboardInterrupt):
        failing(KeyboardInterrupt()).invoke(ASKED, under())
    assert ends(seen) == [("poem", "cancelled")]


def test_a_cancelled_task_cancels_the_run(seen: Captured) -> None:
    async def cancel():
        entered = asyncio.Event()

        async def forever(_prompt):
            entered.set()
            await asyncio.Event().wait()

        task = asyncio.create_task((PROMPT | RunnableLambda(forever)).ainvoke(ASKED, under()))
        await entered.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
    assert ends(seen) == [("poem", "cancelled")]


def test_a_stream_is_one_run_until_its_last_chunk(seen: Captured) -> None:
    chunks = poem().stream(ASKED, under())
    next(chunks)
    assert ends(seen) == []
    assert "".join(chunks) == "anary answer"
    assert ends(seen) == [("poem", "succeeded")]


def test_an_async_stream_is_one_run(seen: Captured) -> None:
    async def read():
        return "".join([chunk async for chunk in poem().astream(ASKED, under())])

    assert asyncio.run(read()) == "canary answer"
    assert ends(seen) == [("poem", "succeeded")]


def test_a_stream_that_breaks_is_a_failure(seen: Captured) -> None:
    broken = FakeListChatModel(responses=["answer"], error_on_chunk_number=3)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the model's own class
        list(poem(broken).stream(ASKED, under()))
    assert ends(seen) == [("poem", "failed")]


def test_an_async_stream_that_breaks_is_a_failure(seen: Captured) -> None:
    async def read():
        return [chunk async for chunk in poem(broken).astream(ASKED, under())]

    broken = FakeListChatModel(responses=["answer"], error_on_chunk_number=3)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the model's own class
        asyncio.run(read())
    assert ends(seen) == [("poem", "failed")]


def test_a_closed_stream_has_ended_once(seen: Captured) -> None:
    chunks = poem().stream(ASKED, under())
    next(chunks)
    chunks.close()
    assert len(seen.runs) == 1
    assert ends(seen) != [("poem", "failed")]


def test_a_closed_async_stream_is_cancelled(seen: Captured) -> None:
    async def read():
        chunks = poem().astream(ASKED, under())
        await anext(chunks)
        await chunks.aclose()

    asyncio.run(read())
    assert ends(seen) == [("poem", "cancelled")]


def test_each_item_of_a_batch_is_a_run(seen: Captured) -> None:
    poem().batch([ASKED] * 3, under())
    assert ends(seen) == [("poem", "succeeded")] * 3


def test_each_item_of_an_async_batch_is_a_run(seen: Captured) -> None:
    asyncio.run(poem().abatch([ASKED] * 3, under()))
    assert ends(seen) == [("poem", "succeeded")] * 3


def test_one_bad_item_of_a_batch_is_one_failure(seen: Captured) -> None:
    chain = PROMPT | RunnableLambda(lambda prompt: 1 / ("canary" in str(prompt)))
    chain.batch([ASKED, {"topic": "x"}, ASKED], under(), return_exceptions=True)
    assert sorted(status for _flow, status in ends(seen)) == ["failed", "succeeded", "succeeded"]


def test_parallel_branches_are_inside_one_run(seen: Captured) -> None:
    RunnableParallel(a=poem(), b=poem()).invoke(ASKED, under())
    assert ends(seen) == [("poem", "succeeded")]


def test_runs_in_parallel_tasks_are_runs_of_their_own(seen: Captured) -> None:
    async def three():
        await asyncio.gather(*(poem().ainvoke(ASKED, under()) for _ in range(3)))

    asyncio.run(three())
    assert ends(seen) == [("poem", "succeeded")] * 3


def test_runs_in_threads_are_runs_of_their_own(seen: Captured) -> None:
    threads = [threading.Thread(target=poem().invoke, args=(ASKED, under())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends(seen) == [("poem", "succeeded")] * 3


def test_a_chain_within_a_chain_is_no_flow(seen: Captured) -> None:
    RunnableLambda(lambda asked: poem().invoke(asked)).invoke(ASKED, under())
    assert ends(seen) == [("poem", "succeeded")]


def test_a_chain_inside_a_measured_function_is_no_flow(seen: Captured) -> None:
    with flowvigil.flow("outer"):
        poem().invoke(ASKED, under())
        poem().invoke(ASKED, under())
    assert ends(seen) == [("outer", "succeeded")]


def test_a_measured_function_inside_a_chain_is_no_flow(seen: Captured) -> None:
    @flowvigil.observe
    def helper(text):
        return text

    (poem() | helper | helper).invoke(ASKED, under())
    assert ends(seen) == [("poem", "succeeded")]


def test_what_reads_a_stream_is_not_inside_its_run(seen: Captured) -> None:
    for _chunk in poem().stream(ASKED, under()):
        flowvigil.flow("reader").__enter__().end()
        break
    assert ("reader", "succeeded") in ends(seen)


def test_what_follows_a_chain_is_a_run_of_its_own(seen: Captured) -> None:
    poem().invoke(ASKED, under())
    with flowvigil.flow("next"):
        pass
    assert sorted(ends(seen)) == [("next", "succeeded"), ("poem", "succeeded")]


def test_a_retry_that_helps_is_one_success(seen: Captured) -> None:
    attempts = []

    def sometimes(_prompt):
        attempts.append(1)
        if len(attempts) < 3:
            raise ValueError

    (PROMPT | RunnableLambda(sometimes).with_retry(wait_exponential_jitter=False)).invoke(ASKED, under())
    assert len(attempts) == 3
    assert ends(seen) == [("poem", "succeeded")]


def test_a_fallback_that_helps_is_one_success(seen: Captured) -> None:
    failing(ValueError()).with_fallbacks([poem()]).invoke(ASKED, under())
    asyncio.run(failing(ValueError()).with_fallbacks([poem()]).ainvoke(ASKED, under()))
    assert ends(seen) == [("poem", "succeeded")] * 2


def test_a_bare_model_is_a_flow(seen: Captured) -> None:
    FakeListChatModel(responses=["x"]).invoke("q", under())
    assert ends(seen) == [("poem", "succeeded")]


def test_a_bare_model_that_breaks_is_a_failure(seen: Captured) -> None:
    class Broken(FakeListChatModel):
        def _call(self, *_args, **_kwargs):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        Broken(responses=["x"]).invoke("q", under())
    assert (ends(seen), errors(seen)) == ([("poem", "failed")], ["ConnectionError"])


def test_a_bare_tool_and_a_bare_retriever_are_flows(seen: Captured) -> None:
    @tool
    def search(query: str) -> str:
        """Search."""
        return query

    class Shelf(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return [Document(query)]

    search.invoke("x", under("tool"))
    Shelf().invoke("x", under("shelf"))
    assert sorted(ends(seen)) == [("shelf", "succeeded"), ("tool", "succeeded")]


def test_a_failing_tool_fails_its_run(seen: Captured) -> None:
    @tool
    def search(query: str) -> str:
        """Search."""
        raise LookupError(query)

    with pytest.raises(LookupError):
        search.invoke("x", under())
    assert errors(seen) == ["LookupError"]


@pytest.mark.parametrize(
    ("config", "flow"),
    [
        ({"run_name": "told"}, "told"),
        ({}, "RunnableSequence"),
        ({"run_name": "told", "metadata": {"flowvigil_flow": "best"}}, "best"),
    ],
)
def test_a_flow_is_named_by_metadata_then_by_the_runs_name(seen: Captured, config: dict, flow: str) -> None:
    poem().invoke(ASKED, {"callbacks": [CallbackHandler()], **config})
    assert ends(seen) == [(flow, "succeeded")]


def test_the_metadata_of_a_run_outranks_its_handler(seen: Captured) -> None:
    poem().invoke(ASKED, under("poem", metadata={"flowvigil_flow": "best"}))
    assert ends(seen) == [("best", "succeeded")]


def test_a_version_is_the_handlers_or_the_runs(seen: Captured) -> None:
    handler = CallbackHandler("poem", version="1")
    poem().invoke(ASKED, {"callbacks": [handler]})
    poem().invoke(ASKED, {"callbacks": [handler], "metadata": {"flowvigil_version": "2"}})
    assert [run["version"] for run in seen.runs] == ["1", "2"]


def test_two_handlers_record_a_run_once(seen: Captured) -> None:
    poem().invoke(ASKED, {"callbacks": [CallbackHandler("first"), CallbackHandler("second")]})
    assert ends(seen) == [("first", "succeeded")]


def test_a_copied_handler_is_the_handler() -> None:
    handler = CallbackHandler()
    assert copy.deepcopy([handler])[0] is handler


def test_a_chain_with_a_handler_inside_one_without_is_a_flow(seen: Captured) -> None:
    inner = poem().with_config(under())
    RunnableLambda(inner.invoke).invoke(ASKED)
    assert ends(seen) == [("poem", "succeeded")]


def test_a_model_with_a_handler_of_its_own_is_a_flow_in_any_chain(seen: Captured) -> None:
    poem(FakeListChatModel(responses=["x"], callbacks=[CallbackHandler("model")])).invoke(ASKED)
    assert ends(seen) == [("model", "succeeded")]


def test_what_a_thread_does_after_its_task_was_cancelled_is_no_flow(seen: Captured) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(asked):
        entered.set()
        leave.wait(60)
        return poem().invoke(asked)

    async def cancel():
        task = asyncio.create_task(RunnableLambda(slow).ainvoke(ASKED, under()))
        await asyncio.to_thread(entered.wait, 60)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        leave.set()

    asyncio.run(cancel())
    assert ends(seen) == [("poem", "cancelled")]


def test_an_end_without_a_start_is_ignored(seen: Captured) -> None:
    CallbackHandler("poem").on_chain_error(ValueError(), run_id=UUID(int=3))
    assert ends(seen) == []


def test_switched_off_a_handler_hears_nothing(monkeypatch: pytest.MonkeyPatch, seen: Captured) -> None:
    monkeypatch.delenv("FLOWVIGIL_ENV")
    poem().invoke(ASKED, under())
    assert ends(seen) == []


def test_a_run_is_named_by_the_spec_that_claims_its_name(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = FlowSettings("support", app="langchain", source={"name": "客服问答"}, version={"pattern": "v(.)"})
    handler = CallbackHandler()
    monkeypatch.setattr(handler, "_sources", Sources([claim]))
    poem().invoke(ASKED, {"callbacks": [handler], "run_name": "客服问答 v3"})
    assert [(run["flow"], run["version"]) for run in seen.runs] == [("support", "3")]
