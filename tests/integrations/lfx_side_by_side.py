"""Runs two versions of one exported flow side by side, six runs each; the second is slower."""

import asyncio
import json
import sys
from pathlib import Path

from lfx.load import load_flow_from_json


async def runs(exported: str, version: int, topic: str) -> None:
    """As LangFlow's server would have it: under the name of the flow."""
    for _ in range(2):
        graphs = []
        for _ in range(3):
            graph = load_flow_from_json(json.loads(exported))
            graph.flow_name, graph.session_id = f"Poem Generator v{version}", "s"
            graphs.append(graph.arun([{"input_value": topic}], session_id="s"))
        await asyncio.gather(*graphs)


async def main(exported: str) -> None:
    await asyncio.gather(runs(exported, 1, "spring"), runs(exported.replace("else 0.1", "else 0.6"), 2, "spring"))


asyncio.run(main(Path(sys.argv[1]).read_text()))
