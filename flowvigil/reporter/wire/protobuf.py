"""Just enough protobuf for Log Service's LogGroup (sls_logs.proto of the vendor's SDKs)."""

from __future__ import annotations

from collections.abc import Iterable


def varint(number: int) -> bytes:
    """Seven bits a byte, lowest first, as all protobuf lengths and integers."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value: str) -> bytes:
    """UTF-8; what no UTF-8 can say becomes a question mark."""
    return value.encode("utf-8", "replace")


def _field(tag: bytes, payload: bytes) -> bytes:
    size = len(payload)
    return tag + (bytes((size,)) if size < 0x80 else varint(size)) + payload


def content(key: bytes, value: bytes) -> bytes:
    """One key and value of a log: field 2 of Log."""
    return _field(b"\x12", _field(b"\x0a", key) + _field(b"\x12", value))


def log(time_s: float, contents: bytes) -> bytes:
    """One log with its time in seconds and nanoseconds: field 1 of LogGroup."""
    whole = int(time_s)
    nanos = int((time_s - whole) * 1e9)
    return _field(b"\x0a", b"\x08" + varint(whole) + contents + b"\x25" + nanos.to_bytes(4, "little"))


def log_group(logs: Iterable[bytes], topic: str, source: str) -> bytes:
    """A LogGroup of logs that `log` made."""
    return b"".join(logs) + _field(b"\x1a", text(topic)) + _field(b"\x22", text(source))
