"""Temporary keys of a RAM role: AssumeRole with other keys, AssumeRoleWithOIDC with a token file (what ACK injects).

STS 2015-04-01; host `sts.aliyuncs.com` or `sts.<region>.aliyuncs.com`, `sts-vpc.` inside a VPC, as in the vendor's
credentials library 1.0.12.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from ..gate import GATE
from ..wire.http import NoAnswerError
from ..wire.rpc import FORM, Keys, Stamp, form
from .source import Context, NoKeysError, temporary

VERSION = "2015-04-01"
SESSION_S = "3600"


def oidc(context: Context) -> Keys | None:
    """From ALIBABA_CLOUD_ROLE_ARN, _OIDC_PROVIDER_ARN and _OIDC_TOKEN_FILE; the call needs no signature."""
    environ = context.environ
    names = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    role, provider, file = (environ.get(name, "") for name in names)
    if not (role and provider and file):
        return None
    try:
        token = Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise NoKeysError(f"OIDC: the token file cannot be read: {type(error).__name__}") from None
    parameters = {
        "Action": "AssumeRoleWithOIDC",
        "Version": VERSION,
        "Format": "JSON",
        "Timestamp": Stamp.at(context.now).timestamp,
        "SignatureNonce": Stamp.at(context.now).nonce,
        "RoleArn": role,
        "OIDCProviderArn": provider,
        "OIDCToken": token,
        "RoleSessionName": session(environ),
        "DurationSeconds": SESSION_S,
    }
    return _answer(context, urlencode(parameters).encode(), "OIDC")


def assume_role(inner: Callable[[Context], Keys | None], role: str = "") -> Callable[[Context], Keys | None]:
    """A source that trades the keys of another one for those of `role`, or of ALIBABA_CLOUD_ROLE_ARN."""

    def source(context: Context) -> Keys | None:
        arn = role or context.environ.get("ALIBABA_CLOUD_ROLE_ARN", "")
        if not arn or (keys := inner(context)) is None:
            return None
        parameters = {"RoleArn": arn, "RoleSessionName": session(context.environ), "DurationSeconds": SESSION_S}
        with GATE:
            body = form("AssumeRole", VERSION, parameters, keys, Stamp.at(context.now))
        return _answer(context, body, "AssumeRole")

    return source


def session(environ: Mapping[str, str]) -> str:
    return environ.get("ALIBABA_CLOUD_ROLE_SESSION_NAME") or "flowvigil"


def endpoint(environ: Mapping[str, str]) -> str:
    """The STS endpoint; FLOWVIGIL_STS_ENDPOINT overrules the region's."""
    if given := environ.get("FLOWVIGIL_STS_ENDPOINT"):
        return given.rstrip("/") + "/"
    region = environ.get("ALIBABA_CLOUD_STS_REGION", "")
    vpc = "-vpc" if environ.get("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "").lower() == "true" and region else ""
    return f"https://sts{vpc}.{region}.aliyuncs.com/" if region else "https://sts.aliyuncs.com/"


def _answer(context: Context, body: bytes, name: str) -> Keys:
    try:
        answer = context.transport.request("POST", endpoint(context.environ), body, FORM, context.timeout_s)
        told = json.loads(answer.body)
    except NoAnswerError as error:
        raise NoKeysError(f"{name}: STS does not answer: {error}") from None
    except ValueError:
        raise NoKeysError(f"{name}: STS answers what is no JSON") from None
    if answer.status != 200 or not isinstance(told, dict) or not isinstance(told.get("Credentials"), dict):
        code = told.get("Code", answer.status) if isinstance(told, dict) else answer.status
        raise NoKeysError(f"{name}: STS refuses: {code}")
    return temporary(told["Credentials"], name)
