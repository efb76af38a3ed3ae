"""The protobuf of PutLogs (LogGroup) and its three compressions, decoded by hand: the format is four small messages."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from flowvigil.emulator.errors import CloudError

MOST_RAW_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Log:
    """One line: `time` in seconds, fields in the order in which they were written."""

    time: int
    fields: dict[str, str]


@dataclass(frozen=True)
class LogGroup:
    """What one PutLogs carries."""

    logs: list[Log]
    topic: str
    source: str
    tags: dict[str, str]


def malformed(why: str) -> CloudError:
    return CloudError(400, "PostBodyInvalid", f"the body is not a LogGroup: {why}")


def inflate(body: bytes, compression: str, raw_size: int) -> bytes:
    """The body without its compression (`x-log-compresstype`); its length must be `x-log-bodyrawsize`."""
    if raw_size > MOST_RAW_BYTES:
        raise CloudError(400, "PostBodyTooLarge", f"{raw_size} bytes of logs, at most {MOST_RAW_BYTES} in one call")
    if compression == "deflate":
        raw = _zlib(body)
    elif compression == "lz4":
        raw = lz4_block(body, raw_size)
    elif compression == "":
        raw = body
    else:
        raise CloudError(400, "UnsupportedCompression", f"x-log-compresstype {compression!r}: use lz4, deflate or none")
    if len(raw) != raw_size:
        raise malformed(f"{len(raw)} bytes, but x-log-bodyrawsize says {raw_size}")
    return raw


def _zlib(body: bytes) -> bytes:
    try:
        machine = zlib.decompressobj()
        raw = machine.decompress(body, MOST_RAW_BYTES + 1)
    except zlib.error as error:
        raise malformed(f"deflate: {error}") from None
    return raw


def lz4_block(body: bytes, raw_size: int) -> bytes:
    """One raw LZ4 block (the format has no header); errors of a broken block are PostBodyInvalid."""
    out = bytearray()
    at = 0
    try:
        while at < len(body):
            token = body[at]
            literals, at = _length(body, at + 1, token >> 4)
            if at + literals > len(body):
                raise malformed("lz4: cut off")
            out += body[at : at + literals]
            at += literals
            if at == len(body):
                break
            back = body[at] | body[at + 1] << 8
            size, at = _length(body, at + 2, token & 15)
            _copy(out, back, size + 4, raw_size)
    except IndexError:
        raise malformed("lz4: cut off") from None
    return bytes(out)


def _length(body: bytes, at: int, start: int) -> tuple[int, int]:
    length = start
    if start == 15:
        while True:
            more = body[at]
            at += 1
            length += more
            if more != 255:
                break
    return length, at


def _copy(out: bytearray, back: int, size: int, limit: int) -> None:
    if not 0 < back <= len(out) or len(out) + size > limit:
        raise malformed("lz4: a match points outside")
    start = len(out) - back
    if size <= back:
        out += out[start : start + size]
    else:
        piece = bytes(out[start:])
        out += (piece * (size // back + 1))[:size]


def log_group(raw: bytes) -> LogGroup:
    """Decode a LogGroup; unknown fields are passed over, as protobuf asks."""
    logs: list[Log] = []
    texts = {3: "", 4: ""}
    tags: dict[str, str] = {}
    for number, value in _fields(raw):
        if number == 1 and isinstance(value, bytes):
            logs.append(_log(value))
        elif number in texts and isinstance(value, bytes):
            texts[number] = _text(value)
        elif number == 6 and isinstance(value, bytes):
            key, inner = _pair(value)
            tags[key] = inner
    return LogGroup(logs, texts[3], texts[4], tags)


def _log(raw: bytes) -> Log:
    time, fields = None, {}
    for number, value in _fields(raw):
        if number == 1 and isinstance(value, int):
            time = value
        elif number == 2 and isinstance(value, bytes):
            key, inner = _pair(value)
            fields[key] = inner
    if time is None:
        raise malformed("a log has no time")
    return Log(time, fields)


def _pair(raw: bytes) -> tuple[str, str]:
    parts = {number: _text(value) for number, value in _fields(raw) if isinstance(value, bytes)}
    if 1 not in parts or 2 not in parts:
        raise malformed("a key or a value is missing")
    return parts[1], parts[2]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(raw, at)
            yield number, value
        elif wire in (1, 2, 5):
            size, at = _varint(raw, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
            if number == 0 or at + size > len(raw):
                raise malformed("cut off")
            piece = raw[at : at + size]
            yield number, piece if wire == 2 else int(struct.unpack("<I" if wire == 5 else "<Q", piece)[0])
            at += size
        else:
            raise malformed(f"wire type {wire}")


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 64:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise malformed("a number is cut off")
