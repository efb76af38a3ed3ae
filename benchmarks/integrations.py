"""What an integration adds to one run in the calling thread, in microseconds: the smallest of several rounds.

Without ours and with ours in turn, against an empty handler and a bare application.

Run: FLOWVIGIL_ENV=bench FLOWVIGIL_SINKS= python benchmarks/integrations.py
"""

import asyncio
import time

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableLambda

from flowvigil.integrations.asgi import FlowMiddleware
from flowvigil.integrations.langchain import CallbackHandler

RUNS, ROUNDS = 2000, 15


class Empty(BaseCallbackHandler):
    run_inline = True


async def answer(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})


async def ignore(_message):
    pass


def step(value):
    return value


def chain_with(handler):
    chain, config = RunnableLambda(step), {"callbacks": [handler]}

    def run():
        for _ in range(RUNS):
            chain.invoke(1, config)

    return run


def served_by(app):
    scope = {"type": "http", "path": "/chat", "method": "POST", "root_path": ""}

    async def serve():
        for _ in range(RUNS):
            await app(scope, None, ignore)

    return lambda: asyncio.run(serve())


def compare(name, without, ours):
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, run in enumerate((without, ours)):
            start = time.thread_time()
            run()
            best[place] = min(best[place], (time.thread_time() - start) / RUNS * 1e6)
    print(f"{name:<24}{best[0]:8.2f} us without{best[1]:8.2f} us with ours{best[1] - best[0]:8.2f} us added")


compare("LangChain root run", chain_with(Empty()), chain_with(CallbackHandler("poem")))
compare("ASGI request", served_by(answer), served_by(FlowMiddleware(answer, {"/chat": "poem"})))
