"""RPC requests of Alibaba Cloud with signature version 1 (HMAC-SHA1), as a form body.

The signed text is METHOD, the path and the sorted parameters, quoted twice (help page 315526, "signature method").
"""

from __future__ import annotations

import base64
import hmac
import os
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "User-Agent": "flowvigil"}


class Keys:
    """An access key, with the security token of temporary ones. `expires` is in seconds since the epoch.

    No tuple: nothing that prints or serialises its parts should get at the secret by accident.
    """

    __slots__ = ("expires", "key_id", "secret", "source", "token")

    def __init__(
        self, key_id: str, secret: str, token: str = "", expires: float | None = None, source: str = ""
    ) -> None:
        self.key_id, self.secret, self.token = key_id, secret, token
        self.expires, self.source = expires, source

    def __repr__(self) -> str:
        return f"Keys({self.key_id[:4]}…, from {self.source or 'code'})"


class Stamp(NamedTuple):
    """What makes a request unique: a nonce and the time it was signed at."""

    nonce: str
    timestamp: str

    @staticmethod
    def at(now: float) -> Stamp:
        return Stamp(os.urandom(16).hex(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)))


def enc(value: str) -> str:
    """RFC 3986 quoting as the signature wants it; lone surrogates become question marks."""
    return quote(value.encode("utf-8", "replace"), safe="~")


def form(action: str, version: str, parameters: Mapping[str, str], keys: Keys, stamp: Stamp) -> bytes:
    """The body of any call."""
    pairs = [f"{enc(key)}={enc(parameters[key])}" for key in sorted(parameters)]
    return framed(action, version, "&".join(pairs), keys, stamp)


def framed(action: str, version: str, middle: str, keys: Keys, stamp: Stamp) -> bytes:
    """Join quoted, sorted parameters with the common ones and sign.

    `middle` holds the call's own parameters. Where they do not all sort between `Format` and `SecurityToken`
    the whole is sorted once more.
    """
    head = f"AccessKeyId={enc(keys.key_id)}&Action={action}&Format=JSON"
    token = f"SecurityToken={enc(keys.token)}&" if keys.token else ""
    tail = (
        f"{token}SignatureMethod=HMAC-SHA1&SignatureNonce={stamp.nonce}&SignatureVersion=1.0"
        f"&Timestamp={enc(stamp.timestamp)}&Version={version}"
    )
    canonical = "&".join(part for part in (head, middle, tail) if part)
    if not middle.startswith("MetricList."):
        canonical = "&".join(sorted(canonical.split("&")))
    twice = canonical.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    digest = hmac.digest(f"{keys.secret}&".encode(), f"POST&%2F&{twice}".encode(), "sha1")
    return f"{canonical}&Signature={enc(base64.b64encode(digest).decode())}".encode()


class Templates(dict[tuple[object, ...], Callable[..., str]]):
    """Entries of which all that never changes is quoted once per series and position.

    Numbers need no quoting, so an entry is one `str.format` of its time and its values.
    """

    def make(
        self, key: tuple[object, ...], place: int, fields: tuple[tuple[str, str], ...], values: tuple[str, ...]
    ) -> Callable[..., str]:
        """Entry number `place` (from 1): its constant fields, and the names of its values."""
        if len(self) > 20_000:
            self.clear()
        made = self[key] = _template(place, fields, values).format
        return made


def _template(place: int, fields: tuple[tuple[str, str], ...], values: tuple[str, ...]) -> str:
    members = "%2C".join(f"%22{name}%22%3A{{}}" for name in values)
    texts = {name: enc(value) for name, value in fields}
    texts["Time"] = "{}"
    texts["Values"] = f"%7B{members}%7D"
    return "&".join(f"MetricList.{place}.{name}={texts[name]}" for name in sorted(texts))


_places: dict[int, list[int]] = {}


def places(entries: int) -> list[int]:
    """Entry numbers in the order in which their parameter names sort: 1, 10, 100, 11 …"""
    if entries not in _places:
        _places[entries] = sorted(range(1, entries + 1), key="MetricList.{}.".format)
    return _places[entries]


def number(value: float) -> str:
    """A JSON number without characters that need quoting."""
    text = repr(float(value))
    if text.endswith(".0"):
        return text[:-2]
    return text.replace("e+", "e") if "e" in text else text
