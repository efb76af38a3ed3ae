"""Requests byte for byte: against the vendor's own signers and serialisers."""

import json
from urllib.parse import parse_qsl

import pytest
from alibabacloud_tea_openapi.utils import Utils

from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.cms import ACTION, ENTRY_BYTES, VERSION, CmsSink, RawPoint, dimension
from flowvigil.reporter.window import Point
from flowvigil.reporter.wire.protobuf import content, log, log_group, text, varint
from flowvigil.reporter.wire.rpc import Keys, Stamp, form, framed, number
from flowvigil.reporter.wire.sls import put_logs, signature

STAMP = Stamp("0123456789abcdef", "2027-01-15T08:00:00Z")
KEYS = Keys("the-id", "the-secret")
POINT = Point("custom_p95", "poem", "svc", "42", 60, 1_800_000_000_000, 812.25, 3.0)


def entries_text(points: list) -> str:
    return CmsSink("http://x", Caller(None), 100).entries_text(points)


def signed_by_vendor(body: bytes, secret: str) -> tuple[str, str]:
    parameters = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    ours = parameters.pop("Signature")
    return ours, Utils.get_rpcsignature(parameters, "POST", secret)


@pytest.mark.parametrize(("asked", "given"), [(20, 20), (100, 100), (500, 100), (0, 1), (-3, 1)])
def test_a_call_carries_as_many_entries_as_asked_for_within_what_the_service_takes(asked: int, given: int) -> None:
    assert CmsSink("http://x", Caller(None), asked).entries == given


def test_an_entry_of_the_longest_names_has_no_more_bytes_than_are_reckoned_for_it() -> None:
    names = ("m" * 64, "a/b-c.d_" * 8, "a/b-c.d_" * 8, "1" * 16)
    whole = Point(*names, 300, 1_800_000_000_000, 123456.78901234567, 0.12345678901234567)
    raw = RawPoint(*names, 1_800_000_000_000, 123456.78901234567)
    assert len(entries_text([whole] * 100)) <= 100 * ENTRY_BYTES <= CmsSink.batch_bytes
    assert len(entries_text([raw] * 100)) <= 100 * ENTRY_BYTES


@pytest.mark.parametrize("count", [1, 2, 10, 11, 100])
@pytest.mark.parametrize("token", ["", "CAIS+/=="])
def test_the_signature_of_a_batch_is_the_vendors(count: int, token: str) -> None:
    points = [POINT, RawPoint("m", "诗 = &,", "svc", "0", 1, 1e300)] * count
    body = framed(ACTION, VERSION, entries_text(points[:count]), Keys("id", "sec&ret", token), STAMP)
    ours, vendors = signed_by_vendor(body, "sec&ret")
    assert ours == vendors


def test_the_parameters_of_a_body_stand_in_the_signed_order() -> None:
    body = framed(ACTION, VERSION, entries_text([POINT] * 12), Keys("i", "s", "t"), STAMP).decode()
    names = [pair.split("=")[0] for pair in body.split("&")][:-1]
    assert names == sorted(names)


def test_any_call_is_signed_as_the_vendor_signs_it() -> None:
    parameters = {"RoleArn": "acs:ram::1:role/r", "DurationSeconds": "900", "Zeta": "*~ +/\n"}
    ours, vendors = signed_by_vendor(form("AssumeRole", "2015-04-01", parameters, KEYS, STAMP), KEYS.secret)
    assert ours == vendors


def test_an_entry_carries_the_fields_of_the_api() -> None:
    entry = dict(parse_qsl(entries_text([POINT])))
    values = json.loads(entry.pop("MetricList.1.Values"))
    assert entry == {
        "MetricList.1.Dimensions": '{"flow":"poem","service":"svc"}',
        "MetricList.1.GroupId": "42",
        "MetricList.1.MetricName": "custom_p95",
        "MetricList.1.Period": "60",
        "MetricList.1.Time": "1800000000000",
        "MetricList.1.Type": "1",
    }
    assert values == {
        "Average": 812.25,
        "LastValue": 3,
        "Maximum": 812.25,
        "Minimum": 3,
        "SampleCount": 1,
        "Sum": 812.25,
    }


def test_a_raw_entry_has_one_value_and_no_period() -> None:
    entry = dict(parse_qsl(entries_text([RawPoint("m", "poem", "svc", "0", 5, 2.5)])))
    assert (entry["MetricList.1.Type"], entry["MetricList.1.Values"]) == ("0", '{"value":2.5}')
    assert "MetricList.1.Period" not in entry


@pytest.mark.parametrize(
    ("value", "text_"),
    [(3.0, "3"), (0.1, "0.1"), (1e16, "1e16"), (1e-7, "1e-07"), (True, "1"), (123456789.5, "123456789.5")],
)
def test_numbers_are_json_and_need_no_quoting(value: float, text_: str) -> None:
    assert number(value) == text_
    assert json.loads(number(value)) == value


@pytest.mark.parametrize(
    ("value", "legal"),
    [("poem-1", "poem-1"), ("a=b&c,d e", "a_b_c_d_e"), ("诗", "_"), ("", "_"), ("a/b\\c.d", "a/b\\c.d")],
)
def test_a_dimension_keeps_legal_characters_only(value: str, legal: str) -> None:
    assert dimension(value) == legal


def test_long_dimensions_stay_apart() -> None:
    one, two = dimension("x" * 80 + "1"), dimension("x" * 80 + "2")
    assert len(one) == len(two) == 64
    assert one != two


def test_keys_never_print_their_secret() -> None:
    assert "the-secret" not in f"{KEYS} {KEYS!r}" + str([KEYS])


HEADERS = {
    "Content-MD5": "900150983CD24FB0D6963F7D28E17F72",
    "Content-Type": "application/x-protobuf",
    "Date": "Fri, 15 Jan 2027 08:00:00 GMT",
    "x-log-apiversion": "0.6.0",
    "x-log-bodyrawsize": "11",
    "x-log-compresstype": "deflate",
    "x-log-signaturemethod": "hmac-sha1",
}


@pytest.mark.parametrize("token", ["", "the/token+="])
def test_the_log_signature_is_the_vendors(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from aliyun.log.auth import AuthV1
    from aliyun.log.credentials import StaticCredentialsProvider

    monkeypatch.setattr(AuthV1, "_getGMT", staticmethod(lambda: HEADERS["Date"]))
    theirs = dict(HEADERS)
    vendor = AuthV1(StaticCredentialsProvider("the-id", "the-secret", token))
    vendor.sign_request("POST", "/logstores/runs/shards/lb", {}, theirs, b"abc")
    headers = HEADERS | ({"x-acs-security-token": token} if token else {})
    ours = signature("POST", "/logstores/runs/shards/lb", headers, KEYS)
    assert theirs["Authorization"] == f"LOG the-id:{ours}"


def test_a_put_carries_every_header_that_is_signed() -> None:
    path, _body, headers = put_logs("p.example", "runs", b"x" * 11, Keys("the-id", "the-secret", "t"), 1_800_000_000.0)
    assert path == "/logstores/runs/shards/lb"
    assert {name.lower() for name in HEADERS} <= {name.lower() for name in headers}
    assert (headers["Date"], headers["x-acs-security-token"]) == (HEADERS["Date"], "t")
    assert headers["Authorization"] == f"LOG the-id:{signature('POST', path, headers, KEYS)}"


def test_a_log_group_is_what_the_vendors_protobuf_makes() -> None:
    from aliyun.log.log_logs_pb2 import LogGroup

    group = LogGroup(Topic="flowvigil", Source="host")
    first = group.Logs.add(Time=1_800_000_000, Time_ns=500_000_000)
    first.Contents.add(Key="flow", Value="诗")
    first.Contents.add(Key="long", Value="x" * 300)
    group.Logs.add(Time=1_800_000_001, Time_ns=0).Contents.add(Key="a", Value="")
    ours = [
        log(1_800_000_000.5, content(b"flow", text("诗")) + content(b"long", b"x" * 300)),
        log(1_800_000_001.0, content(b"a", b"")),
    ]
    assert log_group(ours, "flowvigil", "host") == group.SerializeToString()


@pytest.mark.parametrize(("value", "encoded"), [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_varints_are_those_of_the_protobuf_guide(value: int, encoded: bytes) -> None:
    assert varint(value) == encoded


def test_text_that_utf8_cannot_say_becomes_question_marks() -> None:
    assert text("a\ud800b") == b"a?b"
