"""The body of an OTLP request: its length, its encoding, its type. Nothing is read beyond the limit, packed or not."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

LIMIT = 20 << 20
"""Bytes, before and after unpacking: what the OpenTelemetry collector takes (confighttp, max_request_body_size)."""
PROTOBUF, JSON = "application/x-protobuf", "application/json"
WINDOW = {"gzip": 31, "deflate": 15}


class RefusedError(Exception):
    """`status` is that of HTTP, the text says what would be right."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def media_type(header: str) -> str:
    """PROTOBUF or JSON. Raises RefusedError."""
    found = header.partition(";")[0].strip().lower()
    if found not in (PROTOBUF, JSON):
        raise RefusedError(415, f"the content type is {found[:80]!r}; it must be {PROTOBUF} or {JSON}")
    return found


async def whole(chunks: AsyncIterator[bytes], encoding: str) -> bytes:
    """The unpacked body. Raises RefusedError."""
    packed = bytearray()
    async for chunk in chunks:
        packed += chunk
        if len(packed) > LIMIT:
            raise _too_long()
    return unpacked(bytes(packed), encoding.strip().lower())


def unpacked(packed: bytes, encoding: str) -> bytes:
    """Raises RefusedError when it cannot be unpacked, or would be too long."""
    if encoding in ("", "identity"):
        return packed
    if encoding not in WINDOW:
        raise RefusedError(415, f"the content encoding is {encoding[:80]!r}; it must be gzip, deflate or identity")
    unpacker = zlib.decompressobj(WINDOW[encoding])
    try:
        body = unpacker.decompress(packed, LIMIT + 1)
    except zlib.error as error:
        raise RefusedError(400, f"the body is no {encoding}") from error
    if len(body) > LIMIT:
        raise _too_long()
    if not unpacker.eof:
        raise RefusedError(400, f"the body ends in the middle of its {encoding}")
    return body


def _too_long() -> RefusedError:
    return RefusedError(413, f"the body is longer than {LIMIT} bytes; let the exporter send smaller batches")
