"""How LangGraph runs end in the records, with the real LangGraph."""

import asyncio
from typing import TypedDict

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

import flowvigil
from flowvigil.integrations.langchain import CallbackHandler
from flowvigil.testing import Captured


class State(TypedDict):
    text: str


def answer(state):
    return {"text": FakeListChatModel(responses=["answer"]).invoke(state["text"]).content}


def graph(*nodes, **options):
    """The nodes, one after the other."""
    builder = StateGraph(State)
    last = START
    for place, node in enumerate(nodes):
        builder.add_node(f"n{place}", node)
        builder.add_edge(last, f"n{place}")
        last = f"n{place}"
    builder.add_edge(last, END)
    return builder.compile(**options)


def under(**configurable):
    return {"callbacks": [CallbackHandler("agent")], "configurable": configurable}


def ends(seen):
    return [(run["flow"], run["status"]) for run in seen.runs]


def raising(error):
    def node(_state):
        raise error

    return node


ASKED: State = {"text": "canary"}


def test_a_graph_is_one_run(seen: Captured) -> None:
    assert graph(answer, answer).invoke(ASKED, under()) == {"text": "answer"}
    assert ends(seen) == [("agent", "succeeded")]


def test_an_async_graph_is_one_run(seen: Captured) -> None:
    asyncio.run(graph(answer, answer).ainvoke(ASKED, under()))
    assert ends(seen) == [("agent", "succeeded")]


def test_a_graph_is_named_as_it_was_compiled(seen: Captured) -> None:
    graph(answer, name="support").invoke(ASKED, {"callbacks": [CallbackHandler()]})
    assert ends(seen) == [("support", "succeeded")]


def test_a_node_that_raises_fails_the_run(seen: Captured) -> None:
    with pytest.raises(LookupError):
        graph(answer, raising(LookupError("canary"))).invoke(ASKED, under())
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "LookupError")]
    assert "canary" not in str(seen.runs)


def test_a_step_that_takes_too_long_is_timed_out(seen: Captured) -> None:
    async def slow(_state):
        await asyncio.Event().wait()

    app = graph(slow)
    app.step_timeout = 0.02
    with pytest.raises(TimeoutError):
        asyncio.run(app.ainvoke(ASKED, under()))
    assert ends(seen) == [("agent", "timed_out")]


def test_a_graph_that_pauses_for_a_human_is_neither_success_nor_failure(seen: Captured) -> None:
    app = graph(lambda state: {"text": interrupt(state["text"])}, checkpointer=InMemorySaver())
    app.invoke(ASKED, under(thread_id="1"))
    assert ends(seen) == [("agent", "cancelled")]


def test_a_resumed_graph_is_a_run_of_its_own(seen: Captured) -> None:
    app = graph(lambda state: {"text": interrupt(state["text"])}, checkpointer=InMemorySaver())
    app.invoke(ASKED, under(thread_id="1"))
    app.invoke(Command(resume="yes"), under(thread_id="1"))
    assert ends(seen) == [("agent", "cancelled"), ("agent", "succeeded")]


def test_a_paused_async_graph_is_cancelled(seen: Captured) -> None:
    app = graph(lambda state: {"text": interrupt(state["text"])}, checkpointer=InMemorySaver())
    asyncio.run(app.ainvoke(ASKED, under(thread_id="1")))
    assert ends(seen) == [("agent", "cancelled")]


def test_a_hand_over_to_the_parent_graph_is_no_pause(seen: Captured) -> None:
    inner = graph(lambda _state: Command(goto="n1", graph=Command.PARENT))
    graph(inner, answer).invoke(ASKED, under())
    assert ends(seen) == [("agent", "succeeded")]


def test_a_graph_within_a_graph_is_no_flow(seen: Captured) -> None:
    graph(answer, graph(answer), lambda state: graph(answer).invoke(state)).invoke(ASKED, under())
    assert ends(seen) == [("agent", "succeeded")]


def test_a_stream_of_a_graph_is_one_run(seen: Captured) -> None:
    assert len(list(graph(answer, answer).stream(ASKED, under()))) == 2
    assert ends(seen) == [("agent", "succeeded")]


def test_a_closed_stream_of_a_graph_is_cancelled(seen: Captured) -> None:
    chunks = graph(answer, answer).stream(ASKED, under())
    next(chunks)
    chunks.close()
    assert ends(seen) == [("agent", "cancelled")]


def test_a_closed_async_stream_of_a_graph_is_cancelled(seen: Captured) -> None:
    async def read():
        chunks = graph(answer, answer).astream(ASKED, under())
        await anext(chunks)
        await chunks.aclose()

    asyncio.run(read())
    assert ends(seen) == [("agent", "cancelled")]


@pytest.mark.parametrize("handlers", [1, 2])
def test_what_reads_a_graphs_stream_is_not_inside_its_run(seen: Captured, handlers: int) -> None:
    callbacks = [CallbackHandler("agent") for _ in range(handlers)]
    for _chunk in graph(answer, answer).stream(ASKED, {"callbacks": callbacks}):
        with flowvigil.flow("reader"):
            pass
    assert sorted(ends(seen)) == [("agent", "succeeded"), ("reader", "succeeded"), ("reader", "succeeded")]


def test_a_measured_function_in_a_node_is_no_flow(seen: Captured) -> None:
    @flowvigil.observe
    def node(state):
        return answer(state)

    graph(node, node).invoke(ASKED, under())
    asyncio.run(graph(node, node).ainvoke(ASKED, under()))
    assert ends(seen) == [("agent", "succeeded")] * 2


def test_a_cancelled_graph_is_cancelled(seen: Captured) -> None:
    async def cancel():
        entered = asyncio.Event()

        async def wait(_state):
            entered.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(graph(wait).ainvoke(ASKED, under()))
        await entered.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancel())
    assert ends(seen) == [("agent", "cancelled")]


def test_a_graph_that_pauses_inside_a_measured_run_leaves_that_run_a_success(seen: Captured) -> None:
    app = graph(lambda state: {"text": interrupt(state["text"])}, checkpointer=InMemorySaver())
    with flowvigil.flow("request"):
        app.invoke(ASKED, under(thread_id="1"))
    assert ends(seen) == [("request", "succeeded")]
