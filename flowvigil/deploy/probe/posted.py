"""What the service posted to our door: the fields of a callback, the shape of a message to a DingTalk robot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .bench import Bench
from .inquiry import Fact

NOBODY = "nobody listened: give --callback with an address of this machine that the service reaches"


def callback_fields(bench: Bench, label: Mapping[str, str]) -> Fact:
    """The names of the callback's fields; how it writes dimensions, labels and signature."""
    if bench.listener is None:
        return Fact("callback_fields", None, NOBODY)
    posts = bench.listener.callbacks()
    if not posts:
        return Fact("callback_fields", None, f"nothing was posted to {bench.listener.callback}")
    form = dict(parse_qsl(posts[0].body.decode("utf-8", "replace"), keep_blank_values=True))
    labels = "with the rule's label" if label["Value"] in str(form) else "without the rule's label"
    seen = f"{posts[0].kind}, {labels}; dimensions={form.get('dimensions')}; signature={form.get('signature')}"
    return Fact("callback_fields", ",".join(sorted(form)) or None, seen)


def robot_message(bench: Bench, label: Mapping[str, str]) -> Fact:
    """The kind of message that a robot is sent; whether it holds labels and addresses, and is signed."""
    if bench.listener is None:
        return Fact("robot_message", None, NOBODY)
    posts = bench.listener.messages()
    if not posts:
        return Fact("robot_message", None, "nothing was posted to the robot's address")
    message = _json(posts[0].body)
    labels = "shows the rule's label" if label["Value"] in json.dumps(message, ensure_ascii=False) else "has no label"
    signed = "is signed" if "sign" in dict(parse_qsl(urlsplit(posts[0].target).query)) else "is not signed"
    kind = message.get("msgtype") if isinstance(message, dict) else None
    keys = ", ".join(sorted(message)) if isinstance(message, dict) else "no JSON object"
    return Fact("robot_message", str(kind) if kind else None, f"a body of {keys}; it {labels} and {signed}")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
