"""Webhooks and keys in clear text are found, whoever's they are, and never shown."""

from __future__ import annotations

import pytest

from flowvigil.provisioner.spec.clear_text import masked, secrets, suspicious

KINDS = [
    ("https://oapi.dingtalk.com/robot/send?access_token=0a1b", "a robot's webhook"),
    ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0a1b", "a robot's webhook"),
    ("https://open.feishu.cn/open-apis/bot/v2/hook/0a1b", "a robot's webhook"),
    ("access_token=0a1b", "a robot's webhook"),
    ("SEC" + "0a1b" * 16, "a robot's signing key"),
    ("LTAI5tAbCdEfGhIj", "an AccessKey"),
]


@pytest.mark.parametrize(("secret", "kind"), KINDS)
def test_every_kind_of_secret_is_found_where_it_stands_and_masked(secret: str, kind: str) -> None:
    text = f"- {{dingtalk: {secret}}}"
    assert suspicious(text.encode())
    assert [(start, width, english) for start, width, english, _ in secrets(text)] == [(13, len(secret), kind)]
    assert masked(text) == f"- {{dingtalk: {'*' * len(secret)}}}"


@pytest.mark.parametrize("text", ["dingtalk: assistant-robot", "runbook: https://wiki.example.com/robot", "for: 30s"])
def test_the_name_of_a_secret_is_none(text: str) -> None:
    assert not list(secrets(text))
