"""Writes log lines and asks queries of a pretend cloud, as clients of Log Service would."""

from __future__ import annotations

from typing import Any

PROJECT, STORE = "my-logs", "runs"
TEXTS = ("event", "service", "flow", "status", "run_id", "trace_id", "version", "error_type", "reporter", "text",
         "metric", "settings_hash")  # fmt: skip
NUMBERS = {"duration_ms": "double", "weight": "long", "ended_us": "long", "oldest_open_run": "double",
           "first_token_ms": "double",
           "model_ms": "double", "retriever_ms": "double", "tool_ms": "double", "input_tokens": "long",
           "output_tokens": "long", "n": "long", "open_runs": "long",
           "dropped": "long"}  # fmt: skip
TOKENS = list(", '\";=()[]{}?@&<>/:\n\t\r")


def index(*, line: bool = True, **more: Any) -> dict[str, Any]:
    """An index of run events; `more` are further keys as CreateIndex has them."""
    keys = {name: {"type": "text", "token": TOKENS, "doc_value": True} for name in TEXTS}
    keys |= {name: {"type": kind, "doc_value": True} for name, kind in NUMBERS.items()}
    return {"keys": keys | more, **({"line": {"token": TOKENS}} if line else {})}


def make_store(cloud: Any, body: dict[str, Any] | None = None, project: str = PROJECT, store: str = STORE) -> None:
    """A project, a logstore and its index."""
    cloud.sls("POST", "", "/", {"projectName": project, "description": ""})
    cloud.sls("POST", project, "/logstores", {"logstoreName": store})
    answer = cloud.sls("POST", project, f"/logstores/{store}/index", body or index())
    assert answer.status == 200, answer.body


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: Any) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def group(*lines: tuple[int, dict[str, str]], topic: str = "t", tags: Any = ()) -> bytes:
    """A LogGroup of (time, fields)."""
    logs = [
        field(1, field(1, time) + b"".join(field(2, field(1, k) + field(2, v)) for k, v in fields.items()))
        for time, fields in lines
    ]
    pairs = b"".join(field(6, field(1, key) + field(2, value)) for key, value in tags)
    return b"".join(logs) + field(3, topic) + field(4, "host") + pairs


def put(cloud: Any, raw: bytes, body: bytes | None = None, compression: str = "", size: Any = None,
        path: str = f"/logstores/{STORE}/shards/lb", project: str = PROJECT) -> Any:  # fmt: skip
    headers = {"x-log-bodyrawsize": str(len(raw) if size is None else size), "x-log-compresstype": compression}
    return cloud.sls("POST", project, path, raw if body is None else body, **headers)


def runs(*events: dict[str, Any], at: int, step: int = 1) -> list[tuple[int, dict[str, str]]]:
    """Run events of flow a, one each `step` seconds, the last of them at `at`."""
    plain = {"event": "run", "service": "s", "flow": "a", "status": "succeeded", "weight": 1, "version": "v1"}
    return [
        (at - step * (len(events) - place - 1), {k: str(v) for k, v in {**plain, "run_id": f"r{place}", **one}.items()})
        for place, one in enumerate(events)
    ]


def get(cloud: Any, query: str, start: int, end: int, **more: Any) -> Any:
    asked = {"from": start, "to": end, "query": query, **more}
    return cloud.sls("POST", more.pop("project", PROJECT), f"/logstores/{STORE}/logs", asked).body
