"""A drop-in for the function that articles about monitoring LLM flows show; the same call, without the waiting."""

from __future__ import annotations

from .recording import RECORDER


def send_llm_flow_metric(flow_name: str, duration_ms: float, success: bool = True) -> None:  # noqa: FBT001, FBT002 - as articles show it
    """Report one run. Returns at once; aggregation and delivery happen in the background."""
    RECORDER.record(flow_name, duration_ms, success)
