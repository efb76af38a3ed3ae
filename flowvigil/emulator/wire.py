"""Bytes to a request and back: origin and absolute form, query, form and headers, un-flattening, both envelopes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from flowvigil.emulator.errors import CloudError

SLS_SUFFIX = "httpsls.test"
"""The endpoint name that makes both Log Service clients of the provider speak plain HTTP through HTTP_PROXY."""

PUBLIC = frozenset(
    [
        "Action",
        "Version",
        "Format",
        "Timestamp",
        "Signature",
        "SignatureMethod",
        "SignatureVersion",
        "SignatureNonce",
        "SignatureType",
        "AccessKeyId",
        "SecurityToken",
    ]
)
DEPTH, MOST_FIELDS = 12, 5000


@dataclass(frozen=True)
class Incoming:
    """A request after its target is taken apart; `host` has no port and is in lower case."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_sls(self) -> bool:
        return self.host == SLS_SUFFIX or self.host.endswith("." + SLS_SUFFIX)

    @property
    def project(self) -> str:
        """The SLS project of the host name, empty for the bare endpoint."""
        return self.host[: -len(SLS_SUFFIX) - 1] if self.host != SLS_SUFFIX else ""

    def everything(self) -> dict[str, str]:
        """Query and form parameters together, still flat."""
        found = dict(self.query)
        if "form" in self.headers.get("content-type", ""):
            found.update(_pairs(self.body.decode("utf-8", "replace")))
        return found

    def access_key(self, flat: Mapping[str, str]) -> str:
        """Who signs: V1 query, V3 header, or the two forms of Log Service."""
        header = self.headers.get("authorization", "")
        found = re.search(r"Credential=([^/,\s]+)", header) or re.match(r"(?:LOG|acs) ([^:\s]+):", header)
        return flat.get("AccessKeyId") or (found.group(1) if found else self.headers.get("x-acs-accesskey-id", ""))

    def security_token(self, flat: Mapping[str, str]) -> str:
        return flat.get("SecurityToken") or self.headers.get("x-acs-security-token", "")


def incoming(method: str, target: str, query: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Incoming:
    """Take a request apart; `target` may be a path or, from a client that goes through a proxy, a whole address."""
    named = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in headers}
    try:
        parts = urlsplit(target) if target.startswith("http") else None
    except ValueError:
        raise CloudError(400, "InvalidRequestTarget", "the request target is no address") from None
    authority = parts.netloc if parts else named.get("host", "")
    path = parts.path if parts else target
    return Incoming(method, _hostname(authority), unquote(path) or "/", _pairs(query), named, body)


def _hostname(authority: str) -> str:
    host = authority.rsplit("@", 1)[-1].lower()
    return host.rsplit(":", 1)[0] if re.search(r":\d*$", host) else host


def _pairs(text: str) -> dict[str, str]:
    """Names and values of a query or form, as `urllib.parse.parse_qs` tells them, but a third of its effort.

    The text is unquoted as a whole where nothing in it could be taken for a separator afterwards.
    """
    if text.count("&") >= MOST_FIELDS:
        raise CloudError(400, "InvalidParameter", f"too many parameters: more than {MOST_FIELDS}")
    plain = text.replace("+", " ")
    decoded: Callable[[str], str] = unquote
    if not any(sign in text for sign in ("%26", "%3D", "%3d")):
        plain, decoded = unquote(plain), str
    parts = [field.partition("=") for field in plain.split("&") if field]
    return {decoded(name): decoded(value) for name, _, value in parts}


def unflatten(flat: Mapping[str, str]) -> dict[str, Any]:
    """`A.1.B=x` becomes `{"A": [{"B": "x"}]}`; parameters that every request carries are left out."""
    root: dict[str, Any] = {}
    nodes: dict[str, dict[str, Any]] = {}
    for name, value in flat.items():
        if name in PUBLIC:
            continue
        above, dot, last = name.rpartition(".")
        here = nodes.get(above) if dot else root
        if here is None:
            here = nodes[above] = _node(root, name, above.split("."))
        if isinstance(here.get(last), dict):
            raise CloudError(400, "InvalidParameter", f"{name} contradicts another parameter")
        here[last] = value
    return {name: _lists(value) for name, value in root.items()}


def _node(root: dict[str, Any], name: str, parents: Sequence[str]) -> dict[str, Any]:
    """Where the parameter's value belongs; made if it is not there."""
    if len(parents) > DEPTH:
        raise CloudError(400, "InvalidParameter", f"{name[:60]} is nested deeper than {DEPTH}")
    here = root
    for part in parents:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise CloudError(400, "InvalidParameter", f"{name} contradicts another parameter")
    return here


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() and key.isascii() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=lambda key: (len(key), key))]
    return {key: _lists(value) for key, value in node.items()}


def rpc_success(payload: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """The envelope of CMS, RAM and STS answers, without the fields that the payload gives as None."""
    whole = {"RequestId": request_id, "Success": True, "Code": "200", "Message": "", **payload}
    return {name: value for name, value in whole.items() if value is not None}


def failure(error: CloudError, request_id: str, host: str, *, sls: bool) -> dict[str, Any]:
    """The error envelope of the service family; the provider panics when one of the two SLS fields is missing."""
    if sls:
        return {"errorCode": error.code, "errorMessage": error.message}
    return {
        "Code": error.code,
        "Message": error.message,
        "RequestId": request_id,
        "HostId": host,
        "Recommend": "docs/emulator.md",
    }
