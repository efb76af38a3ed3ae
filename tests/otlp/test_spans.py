"""What is read out of a request, and what is refused."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from flowvigil.otlp.spans import BadRequestError, read

from .making import NOW_NS, TRACE, WORKFLOW, json_request, json_span

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([TRACE, "0", "zz"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*json_span(), "resourceSpans", "flags"]), inner),
    max_leaves=8,
)


def from_json(tree):
    return read(json.dumps(tree).encode(), as_json=True)


def test_ids_in_json_are_hexadecimal():
    [span], _ = from_json(json_request(json_span(parentSpanId="EEE19B7EC3C1B173")))
    assert (span.trace.hex(), span.span.hex(), span.parent.hex()) == (TRACE, "eee19b7ec3c1b174", "eee19b7ec3c1b173")


def test_a_json_request_says_what_a_protobuf_request_says():
    span = json_span(startTimeUnixNano=NOW_NS - 1, endTimeUnixNano=str(NOW_NS), status={"code": 2}, unknown=1)
    request = ExportTraceServiceRequest()
    same = (
        request.resource_spans.add()
        .scope_spans.add()
        .spans.add(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex("eee19b7ec3c1b174"), name=span["name"])
    )
    same.start_time_unix_nano, same.end_time_unix_nano, same.status.code = NOW_NS - 1, NOW_NS, 2
    for key, value in WORKFLOW.items():
        same.attributes.add(key=key).value.string_value = value
    assert from_json(json_request(span)) == read(request.SerializeToString(), as_json=False)
    assert from_json(json_request(span))[0][0].failed


def test_a_prompt_is_not_kept():
    prompt = {"key": "gen_ai.input.messages", "value": {"stringValue": "canary"}}
    [span], _ = from_json(json_request(json_span(attributes=[prompt])))
    assert "canary" not in str(span)


@pytest.mark.parametrize(("flags", "parent"), [(0x300, ""), (0x100, "eee19b7ec3c1b173"), (0, "eee19b7ec3c1b173")])
def test_a_parent_in_another_process_does_not_count(flags, parent):
    [span], _ = from_json(json_request(json_span(parentSpanId="eee19b7ec3c1b173", flags=flags)))
    assert span.parent.hex() == parent


@pytest.mark.parametrize(
    "wrong",
    [{"traceId": "00"}, {"traceId": "0" * 32}, {"spanId": ""}, {"endTimeUnixNano": "1"}, {"startTimeUnixNano": "0"}],
)
def test_a_span_that_cannot_be_is_counted_and_the_others_stay(wrong):
    seen, refused = from_json(json_request(json_span(), json_span(**wrong)))
    assert (len(seen), refused) == (1, 1)


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff", b"{", b"[]", b"[" * 100_000, b'{"resourceSpans": 5}', b'"x"'])
def test_garbage_is_a_bad_request(garbage):
    with pytest.raises(BadRequestError):
        read(garbage, as_json=True)


@settings(max_examples=60)
@given(TREES)
def test_any_json_is_read_or_refused(tree):
    with suppress(BadRequestError):
        read(json.dumps(json_request(tree)).encode(), as_json=True)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body):
    with suppress(BadRequestError):
        read(body, as_json=False)
