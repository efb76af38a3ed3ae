"""A flow of the real lfx whose every input, answer, session and error is a canary: python talking_langflow.py.

Run with lfx's Python, a reporter and `langflow` quiet; needs nothing of ours but what is installed.
"""

import asyncio
import contextlib
import logging
from uuid import uuid4

from lfx.components.input_output import ChatInput, ChatOutput
from lfx.custom import Component
from lfx.graph import Graph
from lfx.io import MessageTextInput, Output
from lfx.schema.message import Message

import flowvigil

CANARY = "canary4711"


class Poem(Component):
    display_name = "Poem"
    name = "Poem"
    inputs = [MessageTextInput(name="text", display_name="Text")]  # noqa: RUF012 - as LangFlow wants it
    outputs = [Output(name="poem", display_name="Poem", method="write")]  # noqa: RUF012 - the same

    async def write(self) -> Message:
        if "fail" in self.text:
            raise RuntimeError(self.text)
        return Message(text=CANARY)


async def run(text: str) -> None:
    asked = ChatInput(_id="ChatInput-1")
    poem = Poem(_id="Poem-1").set(text=asked.message_response)
    graph = Graph(asked, ChatOutput(_id="ChatOutput-1").set(input_value=poem.write))
    graph.flow_name, graph.flow_id, graph.session_id = CANARY, str(uuid4()), CANARY
    await graph.arun([{"input_value": text}], session_id=CANARY, fallback_to_env_vars=False)


async def main() -> None:
    await run(CANARY)
    for _ in range(3):
        with contextlib.suppress(Exception):
            await run(f"fail {CANARY}")


if __name__ == "__main__":
    logging.getLogger("flowvigil").setLevel(logging.DEBUG)
    logging.getLogger("flowvigil").addHandler(logging.StreamHandler())
    asyncio.run(main())
    print(flowvigil.shutdown(10), flowvigil.stats())
