"""Measures flows that OpenTelemetry traces: a span processor for a tracer provider that the application has already.

Reads what `conventions` names, the span's times and its status code; never an event, a prompt or a description.
"""

from __future__ import annotations

from time import time

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanContext, StatusCode, get_current_span

from ..reporter.recording import RECORDER
from ..reporter.switch import remember, switched_on
from .conventions import ended, flow_of, goes_on, is_flow
from .inside_spans import Inside
from .sources import sources

MOST = 10_000
"""So many spans inside flows may be open; beyond, an inner flow could be taken for an outer one."""


class FlowSpanProcessor(SpanProcessor):
    """`provider.add_span_processor(FlowSpanProcessor())`: one run for each outermost flow's span, when it ends.

    A LangFlow flow is named by the spec whose `source.langflow.id` fits, else `unmatched`; any other by its
    `gen_ai.workflow.name`. A span inside a run that is measured already is no run.
    A run is known only when its span ends, so the signal `stuck` sees none of these runs.
    Does nothing while the reporter is switched off.
    """

    def __init__(self) -> None:
        self._sources = sources()
        self._inside: dict[int, tuple[Inside, bool]] = {}
        self._on = switched_on()
        if not self._on:
            remember("OpenTelemetry")

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Remember which spans are inside a flow."""
        if not self._on or span.context is None:
            return
        outer = get_current_span(parent_context).get_span_context().span_id
        within = outer in self._inside
        if (within or _is_flow(span)) and len(self._inside) < MOST:
            self._inside[span.context.span_id] = Inside(), within

    def on_end(self, span: ReadableSpan) -> None:
        """Record the run, if it was one."""
        if not self._on or span.context is None:
            return
        known = self._inside.pop(span.context.span_id, None)
        if known is None and not _is_flow(span):
            return
        inside, within = known or (Inside(), False)  # there were too many to remember this one
        tells = inside.close(span.attributes or {}, span.start_time or 0, span.end_time or 0)
        outer = self._inside.get(span.parent.span_id) if span.parent else None
        if outer is not None:
            if tells:
                outer[0].children.append(inside)
        elif not within and _is_flow(span) and RECORDER.current.get() not in RECORDER.opened:
            self._record(span, span.context, inside)

    def _record(self, span: ReadableSpan, context: SpanContext, inside: Inside) -> None:
        said = span.attributes or {}
        if goes_on(span.name, said):
            return
        found = flow_of(span.name, said, self._sources)
        status, error_type = ended(span.name, said, failed=span.status.status_code is StatusCode.ERROR)
        duration_ms = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
        told = inside.told(span.start_time or 0)
        rest = (None, f"{context.trace_id:032x}", found.version, None, time(), told)
        RECORDER.put(RECORDER.admit(found.flow), (status, duration_ms, error_type, *rest))


def _is_flow(span: ReadableSpan) -> bool:
    return is_flow(span.name, span.attributes or {})
