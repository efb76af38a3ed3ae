import struct
import zlib

import pytest

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.sls.protobuf import log_group, lz4_block

from ..emulator.lines import PROJECT, STORE, field, get, group, index, make_store, put

NOW_S = 1_800_000_000


def stored(raw):
    """An LZ4 block of literals only, which any encoder may produce."""
    rest = len(raw) - 15
    return (b"\xf0" + b"\xff" * (rest // 255) + bytes([rest % 255]) if rest >= 0 else bytes([len(raw) << 4])) + raw


@pytest.fixture
def store(cloud):
    make_store(cloud)
    return cloud


def lines(store, query="*", **more):
    return get(store, query, more.pop("start", NOW_S - 600), more.pop("end", NOW_S + 600), **more)


@pytest.mark.parametrize(("compression", "pack"), [("", bytes), ("deflate", zlib.compress), ("lz4", stored)])
def test_lines_arrive_in_every_compression(store, compression, pack):
    raw = group((NOW_S, {"flow": "a", "text": "漏" * 30}), tags=[("pod", "p1")])
    assert put(store, raw, pack(raw), compression).status == 200
    (line,) = lines(store)["data"]
    assert line == {
        "__time__": str(NOW_S), "__topic__": "t", "__source__": "host", "__tag__:pod": "p1",
        "flow": "a", "text": "漏" * 30,
    }  # fmt: skip


def test_an_lz4_match_may_overlap_itself():
    literal_a_then_repeat_nine = b"\x15a\x01\x00" + b"\x00"
    assert lz4_block(literal_a_then_repeat_nine, 10) == b"a" * 10


def test_an_lz4_match_reaches_back():
    block = b"\x40abcd\x04\x00" + b"\x10!"
    assert lz4_block(block, 9) == b"abcdabcd!"


@pytest.mark.parametrize("block", [b"\x50ab", b"\x10a\x05\x00", b"\x10a\x00\x00", b"\xf0", b"\x1fa\x01\x00\xff\xff"])
def test_a_broken_lz4_block_is_refused(block):
    with pytest.raises(CloudError) as caught:
        lz4_block(block, 10)
    assert caught.value.code == "PostBodyInvalid"


@pytest.mark.parametrize(
    "raw",
    [b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 12, b"\x0a\x02\x12\x00", b"\x0b", b"\x0a\x04\x08\x01\x12\x00"],
)
def test_a_broken_log_group_is_refused(store, raw):
    answer = put(store, raw)
    assert (answer.status, answer.body["errorCode"]) == (400, "PostBodyInvalid")


def test_an_unknown_field_is_passed_over():
    raw = group((1, {"a": "b"})) + field(9, "new") + field(10, 7) + b"\x5d" + struct.pack("<I", 1)
    assert log_group(raw).logs[0].fields == {"a": "b"}


def test_an_unknown_compression_is_named(store):
    answer = put(store, b"x", compression="zstd")
    assert answer.status == 400
    assert "zstd" in answer.body["errorMessage"]


def test_a_wrong_raw_size_is_refused(store):
    raw = group((NOW_S, {"a": "b"}))
    assert put(store, raw, size=len(raw) + 1).body["errorCode"] == "PostBodyInvalid"
    assert put(store, raw, size="x").body["errorCode"] == "ParameterInvalid"
    assert put(store, raw, size=11_000_000).body["errorCode"] == "PostBodyTooLarge"


def test_logs_without_an_index_cannot_be_searched(store):
    store.sls("DELETE", "my-logs", "/logstores/runs/index")
    assert lines(store)["errorCode"] == "IndexConfigNotExist"


def test_lines_come_oldest_first_in_pages_and_in_reverse(store):
    put(store, group(*((NOW_S - back, {"n": str(back)}) for back in (1, 3, 2))))
    assert [line["n"] for line in lines(store)["data"]] == ["3", "2", "1"]
    assert [line["n"] for line in lines(store, line=1, offset=1)["data"]] == ["2"]
    assert [line["n"] for line in lines(store, reverse=True, line=2)["data"]] == ["1", "2"]


def test_a_span_includes_its_start_and_leaves_out_its_end(store):
    put(store, group((NOW_S, {"n": "at"}), (NOW_S + 10, {"n": "end"})))
    assert [line["n"] for line in lines(store, **{"from": NOW_S, "to": NOW_S + 10})["data"]] == ["at"]


def test_the_older_form_of_get_logs_answers_with_a_list_and_headers(store):
    put(store, group((NOW_S, {"flow": "a"}), (NOW_S, {"flow": "b"})))
    target = f"/logstores/runs?type=log&from={NOW_S}&to={NOW_S + 1}&query=flow%3A%20a"
    answer = store.sls("GET", "my-logs", target)
    assert [line["flow"] for line in answer.body] == ["a"]
    assert (answer.headers["x-log-progress"], answer.headers["x-log-count"]) == ("Complete", "1")


def test_a_histogram_counts_every_line_once(store):
    put(store, group((NOW_S, {"n": "1"}), (NOW_S + 59, {"n": "2"}), (NOW_S + 119, {"n": "3"})))
    target = f"/logstores/runs?type=histogram&from={NOW_S}&to={NOW_S + 120}&query="
    spans = store.sls("GET", "my-logs", target).body
    assert (spans[0]["from"], spans[-1]["to"], len(spans)) == (NOW_S, NOW_S + 120, 60)
    assert sum(span["count"] for span in spans) == 3
    assert spans[29]["count"] == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"from": 5, "to": 4},
        {"from": 5, "to": 5},
        {"offset": -1},
        {"from": "now"},
        {"line": 101},
        {"line": -1},
        {"offset": "x"},
        {"to": None},
    ],
)
def test_a_span_or_page_that_cannot_be_is_refused(store, asked):
    assert lines(store, **asked)["errorCode"] == "ParameterInvalid"


def test_lines_of_a_week_ago_are_dropped_without_a_word(store):
    week = 7 * 24 * 3600
    put(store, group((NOW_S - week - 1, {"n": "old"}), (NOW_S - week, {"n": "kept"})))
    found = lines(store, **{"from": 0, "to": NOW_S})["data"]
    assert [line["n"] for line in found] == ["kept"]


def test_the_lines_go_with_their_store(store):
    put(store, group((NOW_S, {"n": "1"})))
    store.sls("DELETE", "my-logs", "/logstores/runs")
    store.sls("POST", "my-logs", "/logstores", {"logstoreName": "runs"})
    store.sls("POST", "my-logs", "/logstores/runs/index", index())
    put(store, group((NOW_S, {"n": "2"})))
    assert [line["n"] for line in lines(store)["data"]] == ["2"]


@pytest.mark.parametrize(("kind", "grant"), [("log", "log:GetLogStoreLogs"), ("histogram", "log:GetLogStoreHistogram")])
def test_lines_counts_and_the_store_itself_are_three_rights_at_one_address(store, kind, grant):
    asked = f"/logstores/{STORE}?type={kind}&from=1&to=2&query=*"
    store.door("permissions", {"account": "1000000000000001", "allow": [grant]})
    assert store.sls("GET", PROJECT, asked).status == 200
    assert store.sls("GET", PROJECT, f"/logstores/{STORE}").body["errorCode"] == "NoPermission"
    store.door("permissions", {"account": "1000000000000001", "deny": [grant]})
    assert grant in store.sls("GET", PROJECT, asked).body["errorMessage"]
