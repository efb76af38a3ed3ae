"""Measures LangChain and LangGraph: every root run is one run of a flow, runs inside it are not.

A root run is the outermost that a handler sees, unless it happens inside a run measured already, by whatever means.
Reads names and classes of errors; never an input, an output or an error's text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.tracers.context import register_configure_hook

from ..reporter.contract import MODEL_MS, RETRIEVER_MS, TOOL_MS
from ..reporter.switch import remember, switched_on
from .langchain_measures import Measures, answered, measures
from .langchain_runs import RUNS
from .sources import sources

FLOW_KEY, VERSION_KEY = "flowvigil_flow", "flowvigil_version"
"""Keys of a run's metadata that name its flow and the flow's version."""

Given = Callable[[Measures], object]
End = Callable[..., object]
_context = var_child_runnable_config.get


class CallbackHandler(BaseCallbackHandler):
    """For `callbacks`: `chain.invoke(question, {"callbacks": [CallbackHandler("support-answer")]})`.

    A flow is named by the metadata `flowvigil_flow` of the run, else by `flow`, else by the spec whose
    `source.langchain.name` is the run's name, else by that name itself; its version by the metadata
    `flowvigil_version`, else by `version`, else by `source.version.pattern`.
    At the end of each run, `on_measures` is called with its `Measures`: tokens, time to the first token, time in
    models, retrievers and tools. What it raises, LangChain logs.
    Two handlers that see the same run record it once.
    A run that is closed early, cancelled or interrupted counts as cancelled.
    Holds no thread and no connection, so one may serve all. Does nothing while the reporter is switched off.
    """

    run_inline = True
    ignore_retry = ignore_custom_event = True
    ignore_llm = ignore_chat_model = ignore_chain = ignore_agent = ignore_retriever = False

    def __init__(
        self, flow: str | None = None, *, version: str | None = None, on_measures: Given | None = None
    ) -> None:
        self._flow, self._version, self._on_measures = flow, version, on_measures
        self._end: End = RUNS.end if on_measures is None else self._end_telling
        self._sources = sources()
        if not switched_on():
            remember(flow or "LangChain")
            self.ignore_llm = self.ignore_chat_model = self.ignore_chain = True
            self.ignore_agent = self.ignore_retriever = True

    def __deepcopy__(self, _memo: object) -> CallbackHandler:
        return self

    def on_chain_start(
        self, serialized: dict[str, Any], inputs: dict[str, Any], *, run_id: UUID,
        parent_run_id: UUID | None = None, metadata: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._start(run_id, parent_run_id, metadata, kwargs.get("name") or _called(serialized))

    def on_tool_start(
        self, serialized: dict[str, Any], input_str: str, *, run_id: UUID,
        parent_run_id: UUID | None = None, metadata: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._start(run_id, parent_run_id, metadata, kwargs.get("name") or _called(serialized), TOOL_MS)

    def on_retriever_start(
        self, serialized: dict[str, Any], query: str, *, run_id: UUID,
        parent_run_id: UUID | None = None, metadata: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._start(run_id, parent_run_id, metadata, kwargs.get("name") or _called(serialized), RETRIEVER_MS)

    def on_llm_start(
        self, serialized: dict[str, Any], prompts: list[str], *, run_id: UUID,
        parent_run_id: UUID | None = None, metadata: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._start(run_id, parent_run_id, metadata, kwargs.get("name") or _called(serialized), MODEL_MS)

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID,
        parent_run_id: UUID | None = None, metadata: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._start(run_id, parent_run_id, metadata, kwargs.get("name") or _called(serialized), MODEL_MS)

    def on_chain_end(self, outputs: dict[str, Any], *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id)

    def on_retriever_end(self, documents: Sequence[Document], *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        if (model := RUNS.find(run_id)) is not None:
            answered(model[0], response)
        self._end(run_id)

    def on_llm_new_token(self, token: str | list[str | dict[str, Any]], *, run_id: UUID, **kwargs: Any) -> None:
        if token and (model := RUNS.find(run_id)) is not None and model[2] is not None:
            model[2].token(model[0])

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id, error)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id, error)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id, error)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id, error)

    def _start(
        self, run_id: UUID, parent: UUID | None, metadata: Mapping[str, Any] | None, name: str | None, kind: str = ""
    ) -> None:
        if parent is None and (config := _context()):  # fallbacks are started without their parent
            parent = getattr(config.get("callbacks"), "parent_run_id", None)
        if parent is not None and RUNS.inside(run_id, parent, kind):
            return
        flow, version = self._flow, self._version
        if metadata:
            flow, version = metadata.get(FLOW_KEY) or flow, metadata.get(VERSION_KEY) or version
        if not flow and name and (found := self._sources.find("langchain", name=name)) is not None:
            flow, version = found.flow, version or found.version
        RUNS.start(run_id, flow or name or "LangChain", version, kind)

    def _end_telling(self, run_id: UUID, error: BaseException | None = None) -> None:
        run = RUNS.end(run_id, error)
        if run is not None and self._on_measures is not None:
            self._on_measures(measures(run))


def _called(serialized: Mapping[str, Any] | None) -> str | None:
    """A model's class, or a tool's name: LangChain gives a run that is one of them, and no more, no name of its own."""
    return serialized.get("name") if serialized else None


_hooks: list[ContextVar[CallbackHandler | None]] = []


def instrument(*, on_measures: Given | None = None) -> None:
    """Measure every root run of this process, without a handler in any call. A second call changes nothing.

    Does nothing while the reporter is switched off. There is no way back but FLOWVIGIL_OFF before the start.
    """
    if _hooks:
        return
    handler = CallbackHandler(on_measures=on_measures)
    if switched_on():
        _hooks.append(ContextVar("flowvigil_langchain", default=handler))  # a default is seen by new threads too
        register_configure_hook(_hooks[0], inheritable=True)
