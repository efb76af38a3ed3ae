"""A graph with a retriever, a tool and a streaming model, all of which only pretend: python agent.py RUNS LATE_S."""

import sys
import time
from collections.abc import Iterator
from typing import Any, TypedDict

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph

from flowvigil.integrations.langchain import instrument


class Model(BaseChatModel):
    """Thinks for `late_s` seconds, then says its words one by one and what they cost."""

    late_s: float

    @property
    def _llm_type(self) -> str:
        return "pretend"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        text = "".join(str(chunk.message.content) for chunk in self._stream(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    def _stream(
        self, messages: list[BaseMessage], _stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[ChatGenerationChunk]:
        time.sleep(self.late_s)
        words = ["Forty", "-", "two", "."]
        asked = sum(len(str(message.content).split()) for message in messages)
        for place, word in enumerate(words):
            given = 0 if place else asked
            cost = {"input_tokens": given, "output_tokens": 1, "total_tokens": given + 1}
            chunk = ChatGenerationChunk(message=AIMessageChunk(word, usage_metadata=cost))
            if run_manager:
                run_manager.on_llm_new_token(word, chunk=chunk)
            yield chunk


class Shelf(BaseRetriever):
    """Finds one book."""

    def _get_relevant_documents(self, query: str, **_: Any) -> list[Document]:
        time.sleep(0.01)
        return [Document(f"{query}: see the guide")]


@tool
def multiply(first: int, second: int) -> int:
    """Multiply."""
    return first * second


SIX_BY_SEVEN = {"first": 6, "second": 7}


class State(TypedDict, total=False):
    question: str
    found: str
    answer: str


def graph(late_s: float) -> Any:
    """Retrieve, compute, answer."""
    shelf, model = Shelf(), Model(late_s=late_s)
    builder = StateGraph(State)
    builder.add_node("retrieve", lambda state: {"found": shelf.invoke(state["question"])[0].page_content})
    builder.add_node("compute", lambda state: {"found": f"{state['found']}: {multiply.invoke(SIX_BY_SEVEN)}"})
    builder.add_node("write", lambda state: {"answer": model.invoke(f"{state['question']} {state['found']}").content})
    for before, after in ((START, "retrieve"), ("retrieve", "compute"), ("compute", "write"), ("write", END)):
        builder.add_edge(before, after)
    return builder.compile(name="research-agent")


if __name__ == "__main__":
    instrument()
    agent = graph(float(sys.argv[2]))
    for _ in range(int(sys.argv[1])):
        *_, (_, last) = agent.stream({"question": "What is the answer?"}, stream_mode=["messages", "values"])
    print(last["answer"])
