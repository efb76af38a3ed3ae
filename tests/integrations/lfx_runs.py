"""Runs flows of the real lfx from Python; what to run is the first argument, `instrument` before it a second."""

import asyncio
import contextlib
import json
import sys
import time

from lfx.components.input_output import ChatInput, ChatOutput
from lfx.graph import Graph
from lfx_flow import WAITS, build

KNOWN, UNKNOWN = "5b0c7e52-1111-4222-8333-444455556666", "99999999-1111-4222-8333-444455556666"


def flow(name, identity=UNKNOWN):
    graph = build()
    graph.flow_name, graph.flow_id = name, identity
    graph.session_id = "s"
    return graph


async def run(graph, text="hello"):
    await graph.arun([{"input_value": text}], session_id="s", fallback_to_env_vars=False)


async def named():
    for name, identity in [
        ("写诗", KNOWN),
        ("写诗", UNKNOWN),
        ("客服问答 v2", UNKNOWN),
        ("其他", UNKNOWN),
        (None, UNKNOWN),
    ]:
        await run(flow(name, identity))


async def given_up(graph, reason):
    task = asyncio.create_task(run(graph, "wait"))
    await reason
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def cancelled():
    await given_up(flow("poem", KNOWN), WAITS.wait())


async def left():
    """The client leaves when a component has failed and the one beside it goes on."""
    import lfx_beside

    graph = lfx_beside.build()
    graph.flow_name, graph.flow_id, graph.session_id = "poem", KNOWN, "s"

    async def failed():
        await lfx_beside.FAILED.wait()
        await asyncio.sleep(0.5)  # by then the engine knows, too

    await given_up(graph, failed())


async def together():
    graphs = [flow("poem", KNOWN) for _ in range(3)]
    await asyncio.gather(
        *[run(graph, text) for graph, text in zip(graphs, ["hello", "fail", "late"], strict=True)],
        return_exceptions=True,
    )


def asking():
    """A flow that asks a human to approve."""
    from lfx.components.flow_controls.human_input import HumanInput

    asked = ChatInput(_id="ChatInput-1")
    human = HumanInput(_id="HumanInput-1").set(prompt=asked.message_response)
    return Graph(asked, ChatOutput(_id="ChatOutput-1").set(input_value=human.route_branch))


async def exported():
    """The flow that asks, as LangFlow's server takes it."""
    print(json.dumps(asking().dump(name="Asks")))


async def paused():
    """Works, waits a second for a human, works on; prints how long all of that was."""
    from lfx.run.hitl import run_graph_with_human_input

    graph = asking()
    graph.flow_name, graph.flow_id, graph.session_id = "poem", KNOWN, "s"

    def decide(_request):
        time.sleep(1)
        return {"action_id": "approve", "values": {}}

    begun = time.perf_counter()
    await run_graph_with_human_input(graph, decision_provider=decide, input_value="hello")
    print(json.dumps({"lasted_ms": (time.perf_counter() - begun) * 1000}))


async def many():
    """Ten thousand names, one run each; all but the first without the work of a flow."""
    graph = flow("any")
    await run(graph)
    for number in range(9_999):
        graph.flow_name, graph.flow_id = f"flow {number}", f"{number:032x}"
        with graph.flow_execution_span():
            pass


if "instrument" in sys.argv:
    from flowvigil.integrations.langflow import instrument

    assert instrument()
asyncio.run({one.__name__: one for one in (named, cancelled, left, together, exported, paused, many)}[sys.argv[1]]())
