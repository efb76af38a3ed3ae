"""Monitors for LLM flows, as code, on Alibaba Cloud.

`import flowvigil` costs next to nothing: each public name of the reporter is loaded on first use.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import testing as testing
    from .reporter.article import send_llm_flow_metric as send_llm_flow_metric
    from .reporter.lifecycle import flush as flush
    from .reporter.lifecycle import init as init
    from .reporter.lifecycle import shutdown as shutdown
    from .reporter.lifecycle import stats as stats
    from .reporter.observe import observe as observe
    from .reporter.recording import handle as handle
    from .reporter.recording import record as record
    from .reporter.runs import current_run as current_run
    from .reporter.runs import flow as flow

_HOMES = {
    "observe": "observe",
    "flow": "runs",
    "current_run": "runs",
    "record": "recording",
    "handle": "recording",
    "init": "lifecycle",
    "flush": "lifecycle",
    "shutdown": "lifecycle",
    "stats": "lifecycle",
    "send_llm_flow_metric": "article",
}
__all__ = [
    "current_run",
    "flow",
    "flush",
    "handle",
    "init",
    "observe",
    "record",
    "send_llm_flow_metric",
    "shutdown",
    "stats",
    "testing",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "testing":
        return import_module("flowvigil.testing")
    if name not in _HOMES:
        raise AttributeError(f"module 'flowvigil' has no attribute {name!r}")
    value = getattr(import_module(f"flowvigil.reporter.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
