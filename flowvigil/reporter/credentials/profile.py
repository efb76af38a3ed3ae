"""Access keys from a profile of the aliyun CLI, ~/.aliyun/config.json.

Modes AK, StsToken, RamRoleArn, EcsRamRole and OIDC.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..wire.rpc import Keys
from .metadata import metadata
from .roles import assume_role, oidc
from .source import Context, NoKeysError


def profile(context: Context) -> Keys | None:
    """The profile ALIBABA_CLOUD_PROFILE names, else the current one; None without a file.

    ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true leaves it out, ALIBABA_CLOUD_CONFIG_FILE moves it.
    """
    environ = context.environ
    if environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true":
        return None
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "/")
    path = Path(environ.get("ALIBABA_CLOUD_CONFIG_FILE") or home / ".aliyun" / "config.json")
    try:
        data = json.loads(path.read_text("utf-8"))
        wanted = environ.get("ALIBABA_CLOUD_PROFILE") or data.get("current") or "default"
        found = next((one for one in data["profiles"] if one.get("name") == wanted), None)
    except OSError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoKeysError("CLI profile: ~/.aliyun/config.json cannot be understood") from None
    return None if found is None else _keys(found, context)


def _keys(found: dict[str, Any], context: Context) -> Keys | None:
    mode = str(found.get("mode", "AK"))
    own = Keys(
        str(found.get("access_key_id", "")),
        str(found.get("access_key_secret", "")),
        str(found.get("sts_token", "")) if mode == "StsToken" else "",
        source=f"CLI profile, mode {mode}",
    )
    if mode in ("AK", "StsToken"):
        return own if own.key_id and own.secret else None
    role = str(found.get("ram_role_arn", ""))
    if mode == "RamRoleArn":
        return assume_role(lambda _context: own, role)(context)
    if mode == "EcsRamRole":
        named = {**context.environ, "ALIBABA_CLOUD_ECS_METADATA": str(found.get("ram_role_name", ""))}
        return metadata(Context(named, context.transport, context.now, context.timeout_s))
    if mode == "OIDC":
        named = {
            **context.environ,
            "ALIBABA_CLOUD_ROLE_ARN": role,
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": str(found.get("oidc_provider_arn", "")),
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(found.get("oidc_token_file", "")),
        }
        return oidc(Context(named, context.transport, context.now, context.timeout_s))
    raise NoKeysError(f"CLI profile: mode {mode} is not supported; use AK, StsToken, RamRoleArn, EcsRamRole or OIDC")
