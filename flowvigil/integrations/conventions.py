"""What a span says about a run of a flow: LangFlow's span and the workflow spans of the GenAI conventions.

LangFlow 1.12 and later writes `flow.execute`. The conventions write `gen_ai.operation.name` = `invoke_workflow` with
`gen_ai.workflow.name` and `error.type`; their `gen_ai.workflow.duration` is the length of that span.
Knows names, attributes and whether a span failed; neither OpenTelemetry's SDK nor how a span travels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..reporter.contract import MODEL_MS, RETRIEVER_MS, TOOL_MS
from ..reporter.status import CANCELLED, FAILED, SUCCEEDED, TIMED_OUT
from .sources import UNMATCHED, Found, Sources

LANGFLOW_SPAN, LANGFLOW_STATUS, LANGFLOW_ID = "flow.execute", "status", "flow_id"
OPERATION, WORKFLOW, ERROR_TYPE = "gen_ai.operation.name", "gen_ai.workflow.name", "error.type"
AGENT = "gen_ai.agent.name"
"""What later conventions call a workflow's name."""
TOKENS_IN, TOKENS_OUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
FIRST_CHUNK_S = "gen_ai.response.time_to_first_chunk"
NUMBERS = frozenset({TOKENS_IN, TOKENS_OUT, FIRST_CHUNK_S})
READ = frozenset({LANGFLOW_STATUS, LANGFLOW_ID, OPERATION, WORKFLOW, AGENT, ERROR_TYPE}) | NUMBERS
"""The attributes that are read; no other is looked at."""
TIME_OF = {
    "chat": MODEL_MS,
    "generate_content": MODEL_MS,
    "text_completion": MODEL_MS,
    "retrieval": RETRIEVER_MS,
    "execute_tool": TOOL_MS,
}
"""The measure that the time of an operation belongs to; others are no components."""
INVOKE = "invoke_workflow"
STATUS_OF = {"ok": SUCCEEDED, "error": FAILED, "cancelled": CANCELLED}
PAUSED = "paused"
TIMEOUT, CANCEL = re.compile("timeout|deadline", re.IGNORECASE), re.compile("cancel", re.IGNORECASE)


def is_flow(name: str, said: Mapping[str, object]) -> bool:
    """True for a span that is as long as a flow's run."""
    return name == LANGFLOW_SPAN or said.get(OPERATION) == INVOKE


def goes_on(name: str, said: Mapping[str, object]) -> bool:
    """True for a run of LangFlow that waits for a human: it has not ended, and has another span when it goes on."""
    return name == LANGFLOW_SPAN and said.get(LANGFLOW_STATUS) == PAUSED


def flow_of(name: str, said: Mapping[str, object], sources: Sources) -> Found:
    """A LangFlow flow is the spec's whose `source.langflow.id` fits, else unmatched; any other by its workflow name."""
    if name == LANGFLOW_SPAN:
        return sources.find("langflow", identity=str(said.get(LANGFLOW_ID, ""))) or Found(UNMATCHED)
    given = said.get(WORKFLOW) or said.get(AGENT)
    workflow = str(given) if given else name.removeprefix(INVOKE).strip() or UNMATCHED
    return sources.find("langchain", name=workflow) or Found(workflow)


def ended(name: str, said: Mapping[str, object], *, failed: bool) -> tuple[str, str | None]:
    """Status and class of error. `failed` is the span's own status."""
    status = STATUS_OF.get(str(said.get(LANGFLOW_STATUS))) if name == LANGFLOW_SPAN else None
    error_type = str(said[ERROR_TYPE]) if ERROR_TYPE in said else None
    if status is None:
        status = FAILED if failed or error_type is not None else SUCCEEDED
    if status == FAILED and error_type is not None:
        status = TIMED_OUT if TIMEOUT.search(error_type) else CANCELLED if CANCEL.search(error_type) else FAILED
    return status, error_type if status in (FAILED, TIMED_OUT) else None
