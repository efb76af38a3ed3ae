"""A flow for the real LangFlow engine that fails, times out or waits as its input tells it to; needs no model."""

import asyncio
import os

from lfx.components.input_output import ChatInput, ChatOutput
from lfx.custom import Component
from lfx.graph import Graph
from lfx.io import MessageTextInput, Output
from lfx.schema.message import Message

WAITS = asyncio.Event()


class Poem(Component):
    display_name = "Poem"
    name = "Poem"
    inputs = [MessageTextInput(name="text", display_name="Text")]  # noqa: RUF012 - as LangFlow wants it
    outputs = [Output(name="poem", display_name="Poem", method="write")]  # noqa: RUF012 - the same

    async def write(self) -> Message:
        if self.text == "fail":
            raise ZeroDivisionError("canary error")
        if self.text == "late":
            raise TimeoutError("canary late")
        if self.text == "wait":
            os.write(1, b"the flow waits\n")  # what it prints is kept from the log
            WAITS.set()
            await asyncio.sleep(30)
        return Message(text="canary answer")


def build():
    asked = ChatInput(_id="ChatInput-1")
    poem = Poem(_id="Poem-1").set(text=asked.message_response)
    return Graph(asked, ChatOutput(_id="ChatOutput-1").set(input_value=poem.write))


graph = build()
