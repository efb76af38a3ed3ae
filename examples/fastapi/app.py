"""A service with one flow: POST /chat streams an answer, word by word, from a model that only pretends."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from flowvigil import current_run
from flowvigil.integrations.asgi import FlowMiddleware

app = FastAPI()
app.add_middleware(FlowMiddleware, flows={"POST /chat": "support-answer"})


async def answer(question: str) -> AsyncIterator[str]:
    words = f"You asked: {question}".split()
    for word in words:
        await asyncio.sleep(0.02)
        if word == "broken":
            raise ConnectionError  # the client has its 200 already, and yet this run has failed
        yield word + " "
    if run := current_run():
        run.measure(output_tokens=len(words))


@app.post("/chat")
async def chat(question: str) -> StreamingResponse:
    return StreamingResponse(answer(question), media_type="text/plain")
