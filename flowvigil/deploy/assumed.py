"""The roles that a stack's calls are made as: by other keys (`alicloud:assumeRole`), or by an identity token (OIDC).

Facts: the provider's arguments assume_role and assume_role_with_oidc (alicloud/provider.go of v1.285.0), whose values
default to the vendor's environment variables; API reference of STS 2015-04-01, AssumeRole and AssumeRoleWithOIDC.
`check_nested` says what is wrong with these settings before anything is called.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowvigil.provisioner.stack import StackError

ROLE, ROLE_WITH_OIDC = "alicloud:assumeRole", "alicloud:assumeRoleWithOidc"
ENDPOINTS = "alicloud:endpoints"
KEYS = ("ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID")
"""Environment variables that hold an access key for the provider; a key is preferred to a token, as it does."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role by its ARN. `seconds` 0 leaves the lifetime of the credentials to the service."""

    arn: str
    session: str = "flowvigil"
    seconds: int = 0
    external_id: str = ""

    def query(self) -> dict[str, str]:
        """The parameters of AssumeRole."""
        told = {"RoleArn": self.arn, "RoleSessionName": self.session, "ExternalId": self.external_id}
        return _filled({**told, "DurationSeconds": str(self.seconds or "")})


@dataclass(frozen=True, slots=True)
class Federated:
    """A role that a token in a file opens; `provider` is the ARN of the token's issuer in RAM."""

    arn: str
    provider: str
    token_file: str
    session: str = "flowvigil"
    seconds: int = 0

    def query(self) -> dict[str, str]:
        """The parameters of AssumeRoleWithOIDC. Raises OSError if the token cannot be read."""
        token = Path(self.token_file).read_text("utf-8").strip()
        told = {"RoleArn": self.arn, "RoleSessionName": self.session, "OIDCProviderArn": self.provider}
        return _filled({**told, "OIDCToken": token, "DurationSeconds": str(self.seconds or "")})


def role_from_config(config: Mapping[str, Any]) -> Role | None:
    """The role of `alicloud:assumeRole`, an object or its JSON text; None without one. Raises StackError."""
    told = _block(config, ROLE)
    if not told.get("roleArn"):
        return None
    session, external_id = told.get("sessionName") or "flowvigil", told.get("externalId") or ""
    return Role(str(told["roleArn"]), str(session), _seconds(ROLE, told), str(external_id))


def federated_from(config: Mapping[str, Any], environ: Mapping[str, str]) -> Federated | None:
    """The role that a token opens: of `alicloud:assumeRoleWithOidc`, else of the environment; None without all parts.

    An access key in the configuration or in the environment comes first. Raises StackError.
    """
    if config.get("alicloud:accessKey") or any(environ.get(name) for name in KEYS):
        return None
    told = _block(config, ROLE_WITH_OIDC)
    arn = told.get("roleArn") or environ.get("ALIBABA_CLOUD_ROLE_ARN")
    provider = told.get("oidcProviderArn") or environ.get("ALIBABA_CLOUD_OIDC_PROVIDER_ARN")
    file = told.get("oidcTokenFile") or environ.get("ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    if not (arn and provider and file):
        return None
    session = told.get("roleSessionName") or environ.get("ALIBABA_CLOUD_ROLE_SESSION_NAME") or "flowvigil"
    return Federated(str(arn), str(provider), str(file), str(session), _seconds(ROLE_WITH_OIDC, told))


def check_nested(config: Mapping[str, Any]) -> None:
    """Raises StackError for a nested setting of the provider that nobody could read: endpoints or a role."""
    for key in (ROLE, ROLE_WITH_OIDC):
        _seconds(key, _block(config, key))
    endpoints = config.get(ENDPOINTS) or []
    if not isinstance(endpoints, list) or not all(isinstance(one, dict) for one in endpoints):
        raise StackError(ENDPOINTS, "must be a list of mappings, such as - {cms: HOST, sts: HOST}")


def _block(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object, a list with one, or the JSON text of either; empty without any. Raises StackError."""
    told = config.get(key)
    try:
        told = json.loads(told) if isinstance(told, str) else told
    except ValueError:
        told = [told]
    found = told[0] if isinstance(told, list) and told else told or {}
    if not isinstance(found, Mapping):
        raise StackError(key, "must be an object with roleArn, or its JSON text")
    return found


def _seconds(key: str, block: Mapping[str, Any]) -> int:
    text = str(block.get("sessionExpiration") or 0)
    if not text.isdecimal():
        raise StackError(key, f"sessionExpiration is {text!r}; legal are whole numbers of seconds")
    return int(text)


def _filled(told: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if value}
