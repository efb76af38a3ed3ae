"""docs/relay.md shows what is true: its message is the relay's, its check knows a genuine body."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowvigil.relay.hooks import sign
from flowvigil.relay.judging import Notice
from flowvigil.relay.message import Run, Seen, message
from flowvigil.relay.settings import Robot, Store
from tests.emulator.conftest import NOW

from .conftest import P95, flow, settings

TEXT = (Path(__file__).parents[2] / "docs" / "relay.md").read_text()


def without_addresses(text: str) -> str:
    return re.sub(r"\]\([^)]*\)", "]", text)


def test_the_message_that_is_shown_is_the_relays():
    one = replace(flow("support-answer", P95), context=Store("app", "errors"), dashboard="http://d", runbook="http://r")
    notice = Notice("up", "support-answer", "p95", "critical", "warning", 9123.4, NOW - 300_000, NOW)
    seen = Seen(None, (Run("run-3", 12_000.0), Run("run-1", 9_500.0), Run("run-7", 8_800.0)))
    said = message(settings(one), one, P95, notice, Robot("r", at=("zhangsan",)), seen, (), "7")
    assert f"```text\n{without_addresses(said['markdown']['text'])}\n```" in TEXT


def test_the_check_that_is_shown_knows_what_is_genuine():
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    room: dict[str, Any] = {}
    exec(code, room)
    body = json.dumps({"flow": "poem"}).encode()
    headers = sign("key", body, round(time.time() * 1000))
    assert room["genuine"](headers, body, b"key")
    assert not room["genuine"](headers, body + b" ", b"key")
    assert not room["genuine"](sign("key", body, NOW - 10**12), body, b"key")


def test_every_option_and_variable_that_is_named_exists():
    from flowvigil.cli.run_command import relay
    from flowvigil.relay import function

    options = {name for one in relay.params for name in one.opts}
    table = TEXT.split("## Run it")[1].split("A secret")[0]
    assert set(re.findall(r"`(--[a-z-]+)`", table)) == options
    named = set(re.findall(r"`(FLOWVIGIL_RELAY_[A-Z_]+)`", TEXT))
    assert named == {function.SETTINGS, function.STATE, function.NETWORK, function.SOURCES}
