"""Finds webhooks and keys that stand in clear text, so that they are refused and never shown.

Sources: DingTalk robots post to oapi.dingtalk.com/robot/send?access_token=<64 hex> and sign with SEC<64 hex>;
Alibaba Cloud AccessKey ids begin with LTAI. WeCom and Feishu robots are refused likewise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KINDS = {
    "webhook": (
        r"(?:https?://)?(?:oapi\.dingtalk\.com/robot|qyapi\.weixin\.qq\.com/cgi-bin/webhook"
        r"|open\.feishu\.cn/open-apis/bot)[^\s\"'<>,}\]]*|\baccess_token=[^\s\"'<>,}\]&]+",
        "a robot's webhook",
        "机器人 webhook",
    ),
    "signature": (r"\bSEC[0-9a-f]{32,}", "a robot's signing key", "机器人加签密钥"),
    "accesskey": (r"\bLTAI[A-Za-z0-9]{8,}", "an AccessKey", " AccessKey"),
}
_ANY = re.compile("|".join(f"(?P<{name}>{pattern})" for name, (pattern, _, _) in _KINDS.items()), re.IGNORECASE)


def suspicious(data: bytes) -> bool:
    """Whether a closer look is needed; spelled out, for it is asked of every file and nearly always false."""
    low = data.lower()
    robots = b"dingtalk." in low or b"weixin." in low or b"feishu." in low
    return robots or b"sec" in low or b"ltai" in low or b"access_token" in low


def secrets(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Start, width, and the kind of secret in English and Chinese, of all that stand in the text."""
    for match in _ANY.finditer(text):
        _, english, chinese = _KINDS[str(match.lastgroup)]
        yield match.start(), match.end() - match.start(), english, chinese


def masked(text: str) -> str:
    """The text with every secret's characters replaced by `*`, its length kept."""
    return _ANY.sub(lambda match: "*" * len(match.group()), text)
