"""The id of the present OpenTelemetry trace, if the application has loaded OpenTelemetry; it is never imported here."""

from __future__ import annotations

import sys
from collections.abc import Callable


def reader() -> Callable[[], str | None] | None:
    """A function that gives the present trace id as 32 hexadecimal digits, or None without OpenTelemetry's SDK."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        return None
    trace = sys.modules["opentelemetry.trace"]
    current_span, none = trace.get_current_span, trace.INVALID_SPAN

    def present() -> str | None:
        try:
            span = current_span()
            if span is none:  # the usual case, in half of the time
                return None
            context = span.get_span_context()
            present_id = f"{context.trace_id:032x}" if context.is_valid else None
        except Exception:
            return None
        return present_id

    return present
