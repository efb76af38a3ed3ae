"""Prints poem-generator.json as LangFlow exports it; needs lfx: `python build.py > poem-generator.json`."""

import json
import sys

from lfx.components.input_output import ChatInput, ChatOutput
from lfx.custom import Component
from lfx.graph import Graph
from lfx.io import MessageTextInput, Output
from lfx.schema.message import Message


class FakePoet(Component):
    display_name = "Fake Poet"
    description = "Writes a poem without a model. A topic with `slow` in it takes six seconds, one with `fail` fails."
    name = "FakePoet"
    icon = "feather"
    inputs = [MessageTextInput(name="topic", display_name="Topic")]  # noqa: RUF012 - as LangFlow wants it
    outputs = [Output(name="poem", display_name="Poem", method="write_poem")]  # noqa: RUF012 - the same

    async def write_poem(self) -> Message:
        import asyncio

        if "fail" in self.topic:
            raise ConnectionError("the model cannot be reached")
        await asyncio.sleep(6 if "slow" in self.topic else 0.1)
        return Message(text=f"O {self.topic}!\nWhat more is there to say?")


asked = ChatInput(_id="ChatInput-poem1")
poet = FakePoet(_id="FakePoet-poem1").set(topic=asked.message_response)
graph = Graph(asked, ChatOutput(_id="ChatOutput-poem1").set(input_value=poet.write_poem))
flow = graph.dump(name="Poem Generator", description="A poem on a topic, by a model that is not there.")
flow["id"] = "5b0c7e52-4c8e-4b0e-9d3a-0f6a2f5f7d11"
flow["endpoint_name"] = "poem"
json.dump(flow, sys.stdout, ensure_ascii=False, indent=1)
