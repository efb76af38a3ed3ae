"""A flow for the real LangFlow engine in which one component fails at once and the other, beside it, goes on."""

import asyncio

from lfx.components.input_output import ChatInput, ChatOutput
from lfx.custom import Component
from lfx.graph import Graph
from lfx.io import MessageTextInput, Output
from lfx.schema.message import Message
from lfx_flow import Poem

FAILED = asyncio.Event()


class Failing(Poem):
    display_name = name = "Failing"

    async def write(self) -> Message:
        FAILED.set()
        raise ZeroDivisionError("canary error")


class Slow(Poem):
    display_name = name = "Slow"

    async def write(self) -> Message:
        await asyncio.sleep(30)
        return Message(text="canary answer")


class Both(Component):
    display_name = name = "Both"
    inputs = [MessageTextInput(name=one, display_name=one) for one in ("first", "second")]  # noqa: RUF012 - as LangFlow wants it
    outputs = [Output(name="joined", display_name="Joined", method="join")]  # noqa: RUF012 - the same

    async def join(self) -> Message:
        return Message(text=f"{self.first} {self.second}")


def build():
    asked = ChatInput(_id="ChatInput-1")
    failing, slow = Failing(_id="Failing-1"), Slow(_id="Slow-1")
    for one in (failing, slow):
        one.set(text=asked.message_response)
    both = Both(_id="Both-1").set(first=failing.write, second=slow.write)
    return Graph(asked, ChatOutput(_id="ChatOutput-1").set(input_value=both.join))
