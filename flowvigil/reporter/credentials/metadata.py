"""Keys of an instance's RAM role from the ECS metadata service, IMDSv2 first; and from a credentials URI.

Addresses and variables as in the vendor's credentials library 1.0.12.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from ..wire.http import Answer, NoAnswerError
from ..wire.rpc import Keys
from .source import Context, NoKeysError, temporary

HOST = "http://100.100.100.200"
TOKEN_S = "21600"  # noqa: S105 - how long a session of IMDSv2 lasts
CONNECT_S = 1.0
"""The service is a link-local address: where there is none, nobody should wait for it."""


def metadata(context: Context) -> Keys | None:
    """The role ALIBABA_CLOUD_ECS_METADATA names, else the instance's; None where there is no metadata service.

    ALIBABA_CLOUD_ECS_METADATA_DISABLED=true leaves it out, ALIBABA_CLOUD_IMDSV1_DISABLED=true insists on IMDSv2.
    """
    environ = context.environ
    if environ.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() == "true":
        return None
    host = environ.get("FLOWVIGIL_METADATA_ENDPOINT") or HOST
    try:
        headers = _session(context, host)
        base = f"{host}/latest/meta-data/ram/security-credentials/"
        role = environ.get("ALIBABA_CLOUD_ECS_METADATA") or _text(_get(context, base, headers))
        if not role:
            return None
        answer = _get(context, base + quote(role), headers)
    except NoAnswerError:
        return None
    return _read(answer, f"ECS role {role}")


def credentials_uri(context: Context) -> Keys | None:
    """What the local service at ALIBABA_CLOUD_CREDENTIALS_URI answers."""
    uri = context.environ.get("ALIBABA_CLOUD_CREDENTIALS_URI", "")
    if not uri:
        return None
    try:
        answer = context.transport.request("GET", uri, None, {}, context.timeout_s)
    except NoAnswerError as error:
        raise NoKeysError(f"credentials URI: no answer: {error}") from None
    return _read(answer, "credentials URI")


def _session(context: Context, host: str) -> dict[str, str]:
    headers = {"X-aliyun-ecs-metadata-token-ttl-seconds": TOKEN_S}
    answer = context.transport.request("PUT", f"{host}/latest/api/token", None, headers, CONNECT_S)
    if answer.status == 200:
        return {"X-aliyun-ecs-metadata-token": answer.body.decode("latin-1").strip()}
    if context.environ.get("ALIBABA_CLOUD_IMDSV1_DISABLED", "").lower() == "true":
        raise NoKeysError("ECS role: the metadata service gives no IMDSv2 token")
    return {}


def _get(context: Context, url: str, headers: dict[str, str]) -> Answer:
    return context.transport.request("GET", url, None, headers, CONNECT_S)


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace").strip() if answer.status == 200 else ""


def _read(answer: Answer, source: str) -> Keys:
    try:
        told = json.loads(answer.body)
    except ValueError:
        raise NoKeysError(f"{source}: the answer is no JSON") from None
    if answer.status != 200 or not isinstance(told, dict) or told.get("Code", "Success") != "Success":
        raise NoKeysError(f"{source}: refused with status {answer.status}")
    return temporary(told, source)
