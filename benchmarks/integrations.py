"""What an integration adds to one run in the calling thread, in microseconds of processor time.

An empty handler or a bare application, ours, and peers where they are installed take turns in blocks of 200 runs;
what is printed is the median of the differences between blocks that follow each other, and the middle half of them.
Peers: Langfuse's handler with a host that does not answer, OpenTelemetry's middleware with a provider without exporter.
LangChain loads OpenTelemetry's SDK where it is installed, and then each run asks for the present trace;
`--bare` hides the SDK.

Run: FLOWVIGIL_ENV=bench FLOWVIGIL_SINKS= python benchmarks/integrations.py
"""

import asyncio
import statistics
import sys
import time

if "--bare" in sys.argv:
    sys.modules["opentelemetry"] = None

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

from flowvigil.integrations.asgi import FlowMiddleware
from flowvigil.integrations.langchain import CallbackHandler

RUNS, ROUNDS = 200, 100


class Empty(BaseCallbackHandler):
    run_inline = True


async def answer(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})


async def ignore(_message):
    pass


def step(value):
    return value


def langfuse():
    """Langfuse's handler, or None."""
    try:
        from langfuse import Langfuse
        from langfuse.langchain import CallbackHandler as Handler
    except ImportError:
        return None
    Langfuse(public_key="none", secret_key="none", host="http://127.0.0.1:9")  # noqa: S106 - nobody answers there
    return Handler()


def telemetry(app):
    """OpenTelemetry's middleware around the application, or None."""
    try:
        from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
        from opentelemetry.sdk.trace import TracerProvider
    except ImportError:
        return None
    return OpenTelemetryMiddleware(app, tracer_provider=TracerProvider())


def chain_with(chain, question, handler):
    config = {"callbacks": [handler]}

    def run():
        for _ in range(RUNS):
            chain.invoke(question, config)

    return run


def served_by(app):
    scope = {
        "type": "http", "path": "/chat", "method": "POST", "root_path": "", "headers": [], "query_string": b"",
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "http_version": "1.1",
    }  # fmt: skip

    async def serve():
        for _ in range(RUNS):
            await app(dict(scope), None, ignore)

    return lambda: asyncio.run(serve())


def block(run):
    start = time.thread_time()
    run()
    return (time.thread_time() - start) / RUNS * 1e6


def compare(name, without, **others):
    runs = {"without": without, **{peer: run for peer, run in others.items() if run is not None}}
    spent = {who: [] for who in runs}
    for _ in range(ROUNDS):
        for who, run in runs.items():
            spent[who].append(block(run))
    print(f"{name}: {statistics.median(spent['without']):.1f} us without")
    for who in list(runs)[1:]:
        added = [mine - bare for mine, bare in zip(spent[who], spent["without"], strict=True)]
        low, middle, high = statistics.quantiles(added, n=4)
        print(f"  {who:<16}{middle:8.2f} us added ({low:.2f} to {high:.2f})")


def chains(name, chain, question):
    peer = langfuse()
    other = None if peer is None else chain_with(chain, question, peer)
    ours = chain_with(chain, question, CallbackHandler("poem"))
    compare(name, chain_with(chain, question, Empty()), ours=ours, langfuse=other)


chains("LangChain root run", RunnableLambda(step), 1)
whole = ChatPromptTemplate.from_template("{topic}") | FakeListChatModel(responses=["x"]) | StrOutputParser()
chains("LangChain prompt, model and parser", whole, {"topic": "t"})
traced = telemetry(answer)
compare(
    "ASGI request",
    served_by(answer),
    ours=served_by(FlowMiddleware(answer, {"/chat": "poem"})),
    opentelemetry=None if traced is None else served_by(traced),
)
