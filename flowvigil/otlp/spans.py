"""Reads spans out of an ExportTraceServiceRequest, protobuf or JSON, as far as runs need them.

OTLP's JSON is protobuf's, except that trace and span ids are hexadecimal (opentelemetry-proto, docs/specification.md).
Does not know what a flow is, beyond the names of the attributes that are worth keeping.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from ..integrations.conventions import NUMBERS, READ

IDS = ("traceId", "spanId", "parentSpanId")
KNOWN_REMOTE = 0x300
"""Flags of a span whose parent is known to be in another process (trace.proto, SpanFlags)."""


class BadRequestError(Exception):
    """The body is no OTLP request; the text says why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A span that has ended. Times in nanoseconds since the epoch; `parent` is empty for a root of its process."""

    trace: bytes
    span: bytes
    parent: bytes
    name: str
    said: dict[str, str | float]
    failed: bool
    started_ns: int
    ended_ns: int


def read(body: bytes, *, as_json: bool) -> tuple[list[Seen], int]:
    """The spans, and how many were refused for an id or a time that cannot be. Raises BadRequestError."""
    request = _from_json(body) if as_json else _from_protobuf(body)
    spans = [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
    seen = [_seen(span) for span in spans if _whole(span)]
    return seen, len(spans) - len(seen)


def _from_protobuf(body: bytes) -> Any:
    try:
        return ExportTraceServiceRequest.FromString(body)
    except (DecodeError, RecursionError) as error:
        raise BadRequestError("the body is no ExportTraceServiceRequest in protobuf") from error


def _from_json(body: bytes) -> Any:
    try:
        tree = json.loads(body)
        for span in _spans(tree):
            for key in IDS:
                if key in span:
                    span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
        return ParseDict(tree, ExportTraceServiceRequest(), ignore_unknown_fields=True)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, ParseError) as error:
        raise BadRequestError("the body is no ExportTraceServiceRequest in JSON, with ids in hexadecimal") from error


def _spans(tree: Any) -> Iterator[Any]:
    for resource in tree.get("resourceSpans", ()):
        for scope in resource.get("scopeSpans", ()):
            yield from scope.get("spans", ())


def _whole(span: Span) -> bool:
    ids = len(span.trace_id) == 16 and any(span.trace_id) and len(span.span_id) == 8 and any(span.span_id)
    return ids and 0 < span.start_time_unix_nano <= span.end_time_unix_nano


def _value(attribute: KeyValue) -> str | float:
    """A number where one is expected and given, else a text."""
    value = attribute.value
    if attribute.key in NUMBERS:
        return value.double_value if value.HasField("double_value") else value.int_value
    return value.string_value


def _seen(span: Span) -> Seen:
    remote = span.flags & KNOWN_REMOTE == KNOWN_REMOTE
    return Seen(
        trace=span.trace_id,
        span=span.span_id,
        parent=b"" if remote else span.parent_span_id,
        name=span.name,
        said={one.key: _value(one) for one in span.attributes if one.key in READ},
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        started_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
    )
