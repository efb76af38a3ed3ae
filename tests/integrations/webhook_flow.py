"""Prints a flow that a webhook starts, as the lfx of this environment exports it: its poet reads what was posted."""

import json
import sys

from lfx.components.input_output import ChatOutput, WebhookComponent
from lfx.custom import Component
from lfx.graph import Graph
from lfx.io import HandleInput, Output
from lfx.schema.message import Message


class PostedPoet(Component):
    display_name = "Posted Poet"
    name = "PostedPoet"
    inputs = [HandleInput(name="payload", display_name="Payload", input_types=["Data", "JSON"])]  # noqa: RUF012 - LangFlow's way
    outputs = [Output(name="poem", display_name="Poem", method="write_poem")]  # noqa: RUF012

    async def write_poem(self) -> Message:
        topic = self.payload.data["topic"]
        if topic == "fail":
            raise ConnectionError("the model cannot be reached")
        return Message(text=f"O {topic}!")


hook = WebhookComponent(_id="Webhook-poem1")
poet = PostedPoet(_id="PostedPoet-poem1").set(payload=hook.build_data)
graph = Graph(hook, ChatOutput(_id="ChatOutput-poem1").set(input_value=poet.write_poem))
json.dump(graph.dump(name="Posted Poem"), sys.stdout)
