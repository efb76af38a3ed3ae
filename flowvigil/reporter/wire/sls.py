"""PutLogs of Log Service: header signature `LOG` with HMAC-SHA1, deflate, MD5 of the body (help page 29012)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Mapping
from email.utils import formatdate

from .rpc import Keys


def put_logs(host: str, logstore: str, log_group: bytes, keys: Keys, now: float) -> tuple[str, bytes, dict[str, str]]:
    """Path, body and headers of the request that stores a serialised LogGroup."""
    body = zlib.compress(log_group, 6)
    path = f"/logstores/{logstore}/shards/lb"
    headers = {
        "Host": host,
        "Content-Type": "application/x-protobuf",
        "Content-MD5": hashlib.md5(body, usedforsecurity=False).hexdigest().upper(),
        "Date": formatdate(now, usegmt=True),
        "x-log-apiversion": "0.6.0",
        "x-log-bodyrawsize": str(len(log_group)),
        "x-log-compresstype": "deflate",
        "x-log-signaturemethod": "hmac-sha1",
        "User-Agent": "flowvigil",
    }
    if keys.token:
        headers["x-acs-security-token"] = keys.token
    headers["Authorization"] = f"LOG {keys.key_id}:{signature('POST', path, headers, keys)}"
    return path, body, headers


def signature(method: str, resource: str, headers: Mapping[str, str], keys: Keys) -> str:
    """HMAC-SHA1 over method, digest, type, date, the sorted x-log and x-acs headers and the resource."""
    lower = {name.lower(): value for name, value in headers.items()}
    own = sorted(name for name in lower if name.startswith(("x-log-", "x-acs-")))
    lines = [method, lower.get("content-md5", ""), lower.get("content-type", ""), lower["date"]]
    lines += [f"{name}:{lower[name]}" for name in own]
    digest = hmac.digest(keys.secret.encode(), "\n".join([*lines, resource]).encode(), "sha1")
    return base64.b64encode(digest).decode()
