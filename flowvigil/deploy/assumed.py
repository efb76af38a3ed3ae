"""The role that a stack's calls are made as, when its configuration names one (`alicloud:assumeRole`).

Facts: the provider's argument of the same name; API reference of STS 2015-04-01, AssumeRole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
        return {name: value for name, value in {**told, "DurationSeconds": str(self.seconds or "")}.items() if value}


def role_from_config(config: Mapping[str, Any]) -> Role | None:
    """The role of `alicloud:assumeRole`, an object or its JSON text; None without one."""
    told = config.get("alicloud:assumeRole")
    told = json.loads(told) if isinstance(told, str) else told
    if not told or not told.get("roleArn"):
        return None
    seconds = int(told.get("sessionExpiration") or 0)
    return Role(
        str(told["roleArn"]), str(told.get("sessionName") or "flowvigil"), seconds, told.get("externalId") or ""
    )
