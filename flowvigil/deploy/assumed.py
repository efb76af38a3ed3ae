"""The roles that a stack's calls are made as: by other keys (`alicloud:assumeRole`), or by an identity token (OIDC).

Facts: the provider's arguments assume_role and assume_role_with_oidc (alicloud/provider.go of v1.285.0), whose values
default to the vendor's environment variables; API reference of STS 2015-04-01, AssumeRole and AssumeRoleWithOIDC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """The role of `alicloud:assumeRole`, an object or its JSON text; None without one."""
    told = _block(config, "alicloud:assumeRole")
    if not told.get("roleArn"):
        return None
    seconds = int(told.get("sessionExpiration") or 0)
    return Role(
        str(told["roleArn"]), str(told.get("sessionName") or "flowvigil"), seconds, told.get("externalId") or ""
    )


def federated_from(config: Mapping[str, Any], environ: Mapping[str, str]) -> Federated | None:
    """The role that a token opens: of `alicloud:assumeRoleWithOidc`, else of the environment; None without all parts.

    An access key in the configuration or in the environment comes first.
    """
    if config.get("alicloud:accessKey") or any(environ.get(name) for name in KEYS):
        return None
    told = _block(config, "alicloud:assumeRoleWithOidc")
    arn = told.get("roleArn") or environ.get("ALIBABA_CLOUD_ROLE_ARN")
    provider = told.get("oidcProviderArn") or environ.get("ALIBABA_CLOUD_OIDC_PROVIDER_ARN")
    file = told.get("oidcTokenFile") or environ.get("ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    if not (arn and provider and file):
        return None
    session = told.get("roleSessionName") or environ.get("ALIBABA_CLOUD_ROLE_SESSION_NAME") or "flowvigil"
    return Federated(str(arn), str(provider), str(file), str(session), int(told.get("sessionExpiration") or 0))


def _block(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    told = config.get(key)
    told = json.loads(told) if isinstance(told, str) else told
    return told[0] if isinstance(told, list) and told else told or {}


def _filled(told: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if value}
