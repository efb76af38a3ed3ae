"""Takes secrets out of whatever is shown or recorded: by the name of the field and by what the text looks like."""

from __future__ import annotations

import json
import re
from typing import Any

HIDDEN = "[secret]"
_NAMES = re.compile(
    r"(?i)secret|signature|security_?token|password|access_?key_?id|authorization|oidctoken|webhook|^token$"
)
_PATTERNS = (
    (re.compile(r"(?i)((?:access_token|secret|signature|security_?token)=)[^&\s\"']+"), r"\1" + HIDDEN),
    (re.compile(r"\bSEC[0-9a-fA-F]{20,}"), HIDDEN),
    (re.compile(r"(?i)(https?://[^\s\"'\\?]*/(?:hook|robot|callback|webhook))[^\s\"'\\]*"), r"\1/" + HIDDEN),
)

_LOGIN = re.compile(r"(?<=://)[^/@\s\"']+(?=@)")
_IN_ADDRESSES = re.compile(r"(?i)([?&](?:sign|key|token)=)[^&\s\"']+")


def redact(value: Any, name: str = "") -> Any:
    """The same value with secrets replaced, also inside of texts that are JSON documents."""
    if isinstance(value, dict):
        # A webhook integration of Log Service posts to anybody's address: any path of it may be the secret.
        hook = value.get("type") == "custom" and "method" in value
        return {key: redact(inner, "webhook" if hook and key == "url" else str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner, name) for inner in value]
    if not isinstance(value, str) or not value:
        return value
    return HIDDEN if _NAMES.search(name) else _text(value)


def _text(text: str) -> str:
    if text[0] in "[{":
        try:
            found = json.loads(text)
            clean = redact(found)
        except ValueError:
            found = clean = None
        except RecursionError:
            return HIDDEN
        if clean != found:
            return json.dumps(clean, ensure_ascii=False)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return _LOGIN.sub(HIDDEN, _IN_ADDRESSES.sub(r"\1" + HIDDEN, text)) if "://" in text else text
