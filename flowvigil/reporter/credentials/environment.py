"""Access keys from the environment: ALIBABA_CLOUD_ACCESS_KEY_ID, _SECRET, _SECURITY_TOKEN."""

from __future__ import annotations

from ..wire.rpc import Keys
from .source import Context


def environment(context: Context) -> Keys | None:
    """None when either half is missing."""
    environ = context.environ
    key_id = environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
    secret = environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
    if not key_id or not secret:
        return None
    return Keys(key_id, secret, environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""), source="environment")
