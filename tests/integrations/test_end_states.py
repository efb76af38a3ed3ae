"""Less usual ends of LangChain and LangGraph, with models that only pretend: each run is recorded once, as it ended."""

import asyncio
import operator
from typing import Annotated, TypedDict

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import ToolException, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import RetryPolicy, Send, interrupt

from flowvigil.integrations.langchain import CallbackHandler
from flowvigil.testing import Captured

PROMPT = ChatPromptTemplate.from_template("write about {topic}")
ASKED = {"topic": "canary prompt"}


def under(**more):
    return {"callbacks": [CallbackHandler("poem")], **more}


def ends(seen):
    return [(run["status"], run.get("error_type", "")) for run in seen.runs]


class Model(FakeListChatModel):
    """Raises what it is given, else answers."""

    error: BaseException | None = None

    def _call(self, *args, **kwargs):
        if self.error is not None:
            raise self.error
        return super()._call(*args, **kwargs)


def chain(error=None):
    return PROMPT | model(error) | StrOutputParser()


def model(error=None):
    return Model(error=error, responses=["canary answer"])


class Flaky:
    """Fails the first `times` calls."""

    def __init__(self, times):
        self.left = times

    def __call__(self, value):
        self.left -= 1
        if self.left >= 0:
            raise ValueError("canary text")
        return value


@tool
def broken(topic: str) -> str:
    """Break."""
    raise LookupError(topic)


@tool
async def broken_later(topic: str) -> str:
    """Break."""
    raise LookupError(topic)


@tool
def sorry(topic: str) -> str:
    """Say so."""
    raise ToolException(topic)


sorry.handle_tool_error = True


class Shelf(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        raise ConnectionError(query)


def retried(times):
    return RunnableLambda(Flaky(times)).with_retry(wait_exponential_jitter=False, stop_after_attempt=2)


def sync(runnable, given=ASKED):
    return lambda: runnable.invoke(given, under())


def later(runnable, given=ASKED):
    return lambda: asyncio.run(runnable.ainvoke(given, under()))


def events(runnable, given=ASKED):
    async def read():
        return [event async for event in runnable.astream_events(given, under(), version="v2")]

    return lambda: asyncio.run(read())


OK = ("succeeded", "")
TIMED_OUT = [("timed_out", "TimeoutError")]
PARSER = "langchain_core.exceptions.OutputParserException"
CHAINS = {
    "a model that times out": (sync(chain(TimeoutError())), TimeoutError, TIMED_OUT),
    "a model that times out later": (later(chain(TimeoutError())), TimeoutError, TIMED_OUT),
    "a model that is interrupted": (sync(chain(KeyboardInterrupt())), KeyboardInterrupt, [("cancelled", "")]),
    "an exit with a code": (sync(chain(SystemExit(1))), SystemExit, [("failed", "SystemExit")]),
    "an exit without": (sync(chain(SystemExit(0))), SystemExit, [OK]),
    "a retry that helps later": (later(retried(1)), None, [OK]),
    "a retry that does not help": (sync(retried(2)), ValueError, [("failed", "ValueError")]),
    "a fallback after a time-out": (sync(chain(TimeoutError()).with_fallbacks([chain()])), None, [OK]),
    "fallbacks that all fail": (
        sync(chain(ValueError()).with_fallbacks([chain(KeyError())])), ValueError, [("failed", "ValueError")],
    ),
    "an answer that cannot be read": (
        sync(PROMPT | model() | JsonOutputParser()), OutputParserException, [("failed", PARSER)],
    ),
    "a question that lacks a word": (sync(chain(), {}), KeyError, [("failed", "KeyError")]),
    "one branch of two that fails": (
        sync(RunnableParallel(good=chain(), bad=chain(ZeroDivisionError()))), ZeroDivisionError,
        [("failed", "ZeroDivisionError")],
    ),
    "a tool that breaks later": (later(broken_later), LookupError, [("failed", "LookupError")]),
    "a tool that apologizes": (sync(sorry), None, [OK]),
    "a retriever that breaks": (sync(Shelf(), "canary"), ConnectionError, [("failed", "ConnectionError")]),
    "events that are all read": (events(chain()), None, [OK]),
    "events of what breaks": (events(RunnableLambda(Flaky(9))), ValueError, [("failed", "ValueError")]),
    "a batch as it completes": (lambda: list(chain().batch_as_completed([ASKED] * 3, under())), None, [OK] * 3),
}  # fmt: skip


class State(TypedDict):
    said: Annotated[list[str], operator.add]


def say(_state):
    return {"said": [str(model().invoke("q").content)]}


def flaky_node(times):
    flaky = Flaky(times)
    return lambda state: say(flaky(state))


def raising(error):
    def node(_state):
        raise error

    return node


def graph(*layers, retry=None, **options):
    """Layers of nodes; all nodes of a layer run side by side."""
    builder, last = StateGraph(State), [START]
    for row, layer in enumerate(layers):
        names = [f"n{row}{place}" for place in range(len(layer))]
        for name, node in zip(names, layer, strict=True):
            builder.add_node(name, node, retry_policy=retry)
            for before in last:
                builder.add_edge(before, name)
        last = names
    for name in last:
        builder.add_edge(name, END)
    return builder.compile(**options)


def fan():
    builder = StateGraph(State)
    builder.add_node("say", say)
    builder.add_conditional_edges(START, lambda _state: [Send("say", {"said": []}) for _ in range(3)], ["say"])
    builder.add_edge("say", END)
    return builder.compile()


def endless():
    builder = StateGraph(State)
    builder.add_node("say", say)
    builder.add_edge(START, "say")
    builder.add_edge("say", "say")
    return builder.compile()


def calling():
    called = AIMessage("", tool_calls=[{"name": "broken", "args": {"topic": "canary"}, "id": "1"}])
    tools = ToolNode([broken], handle_tool_errors=True)
    return graph([say], [lambda _state: {"said": [str(tools.invoke([called]))]}])


def ask_twice(_state):
    return {"said": [interrupt("who?"), interrupt("why?")]}


def on(app, how="invoke", **more):
    config = {"recursion_limit": 5, "configurable": {"thread_id": "1"}}
    return lambda: getattr(app, how)({"said": ["canary"]}, under(**config), **more)


RECURSION = "langgraph.errors.GraphRecursionError"
GRAPHS = {
    "a graph without end": (on(endless()), GraphRecursionError, [("failed", RECURSION)]),
    "a node that is tried again": (
        on(graph([flaky_node(1)], retry=RetryPolicy(initial_interval=0.001, jitter=False, retry_on=ValueError))),
        None, [OK],
    ),
    "one node of two that breaks": (on(graph([say, raising(ValueError())])), ValueError, [("failed", "ValueError")]),
    "nodes that are sent for": (on(fan()), None, [OK]),
    "a node whose tool breaks and is handled": (on(calling()), None, [OK]),
    "a node that is interrupted": (on(graph([raising(KeyboardInterrupt())])), KeyboardInterrupt, [("cancelled", "")]),
    "a node that times out": (on(graph([raising(TimeoutError())])), TimeoutError, TIMED_OUT),
    "a stop before a node": (
        on(graph([say], [say], checkpointer=InMemorySaver(), interrupt_before=["n10"])), None, [OK],
    ),
    "two questions to a human": (on(graph([ask_twice], checkpointer=InMemorySaver())), None, [("cancelled", "")]),
    "a question from a graph within": (
        on(graph([graph([ask_twice])], checkpointer=InMemorySaver())), None, [("cancelled", "")],
    ),
    "several streams at once": (
        lambda: list(on(graph([say], [say]), "stream", stream_mode=["values", "updates", "messages"])()), None, [OK],
    ),
    "a graph's events": (events(graph([say]), {"said": []}), None, [OK]),
    "a batch of graphs": (lambda: graph([say]).batch([{"said": []}] * 2, under()), None, [OK] * 2),
}  # fmt: skip


@pytest.mark.parametrize("state", [*CHAINS, *GRAPHS])
def test_a_run_is_recorded_once_as_it_ended(seen: Captured, state: str) -> None:
    run, error, expected = (CHAINS | GRAPHS)[state]
    if error is None:
        run()
    else:
        with pytest.raises(error):
            run()
    assert ends(seen) == expected
    assert "canary" not in str(seen.runs)
