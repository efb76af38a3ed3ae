"""A service whose every prompt, answer, argument, header and error is a canary: python talking.py, with a reporter."""

import asyncio
import contextlib
import logging

from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import StatusCode
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import flowvigil
from flowvigil.integrations.asgi import FlowMiddleware
from flowvigil.integrations.langchain import CallbackHandler
from flowvigil.integrations.otel import FlowSpanProcessor

CANARY = "canary4711"


class Shelf(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(CANARY)]


@tool
def failing_tool(query: str) -> str:
    """Fail."""
    raise ValueError(CANARY)


@flowvigil.observe(name="poem")
def observed(_prompt):
    raise RuntimeError(CANARY)


def chains():
    config = {"callbacks": [CallbackHandler("poem")], "tags": [CANARY], "metadata": {"user": CANARY}}
    chain = (
        ChatPromptTemplate.from_template(CANARY + " {q}") | FakeListChatModel(responses=[CANARY]) | StrOutputParser()
    )
    chain.invoke({"q": CANARY}, config)
    list(chain.stream({"q": CANARY}, config))
    asyncio.run(chain.ainvoke({"q": CANARY}, config))
    Shelf().invoke(CANARY, config)
    builder = StateGraph(dict)
    builder.add_node("say", lambda _state: {"said": chain.invoke({"q": CANARY})})
    builder.add_edge(START, "say")
    builder.add_edge("say", END)
    builder.compile().invoke({"said": CANARY}, config)
    for _ in range(3):
        with contextlib.suppress(ValueError):
            failing_tool.invoke({"query": CANARY}, config)


def requests():
    async def answer(_request):
        return StreamingResponse(iter([CANARY]), headers={"x-answer": CANARY})

    async def break_down(_request):
        raise LookupError(CANARY)

    app = Starlette(routes=[Route("/chat", answer, methods=["POST"]), Route("/broken", break_down, methods=["POST"])])
    measured = FlowMiddleware(app, {"/chat": "poem", "/broken": "poem"})
    with TestClient(measured, raise_server_exceptions=False) as client:
        for path in ("/chat", "/broken"):
            client.post(path, params={"q": CANARY}, headers={"cookie": CANARY}, content=CANARY)


def spans():
    provider = TracerProvider()
    provider.add_span_processor(FlowSpanProcessor())
    said = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "poem", "gen_ai.prompt": CANARY}
    with provider.get_tracer("t").start_as_current_span("invoke_workflow", attributes=said) as span:
        span.add_event(CANARY, {"answer": CANARY})
        span.set_status(StatusCode.ERROR, CANARY)


if __name__ == "__main__":
    logging.getLogger("flowvigil").setLevel(logging.DEBUG)
    logging.getLogger("flowvigil").addHandler(logging.StreamHandler())
    flowvigil.init()
    chains()
    requests()
    spans()
    for _ in range(3):
        with contextlib.suppress(RuntimeError):
            observed(CANARY)
    print(flowvigil.shutdown(10), flowvigil.stats())
