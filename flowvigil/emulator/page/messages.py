"""The outbox as people read it: chat bubbles of robots, letters, callbacks, each with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flowvigil.emulator.page.finding import level
from flowvigil.emulator.page.markdown import rendered
from flowvigil.emulator.page.watched import pairs

CHANNELS = ("dingtalk", "mail", "sms", "phone", "webhook", "target")
PAGE = 50


@dataclass(frozen=True)
class Message:
    """`text` is safe HTML; `form` holds what a callback posts; `why` is what was answered to a message not taken."""

    seq: int
    channel: str
    status: str
    time: int
    title: str
    text: Markup
    to: str
    flow: str
    before: str
    after: str
    why: str
    mentions: tuple[str, ...] = ()
    form: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()


def message(entry: Mapping[str, Any]) -> Message:
    """One entry of the outbox, already free of secrets."""
    title, text, mentions, buttons = _content(entry)
    form = entry.get("form") or ({"body": entry["body"]} if "body" in entry else {})
    return Message(
        seq=int(entry["seq"]),
        channel=str(entry["channel"]),
        status=str(entry["status"]),
        time=int(entry.get("time") or 0),
        title=title or str(entry.get("ruleName", "")),
        text=rendered(text),
        to=str(entry.get("contact") or entry.get("address") or entry.get("webhook") or ""),
        flow=pairs(str(entry.get("dimension", ""))).get("flow", ""),
        before=level(str(entry.get("before", ""))),
        after=level(str(entry.get("after", ""))),
        why=_why(entry),
        mentions=mentions,
        form=tuple((str(key), str(value)) for key, value in form.items()) if isinstance(form, dict) else (),
        buttons=buttons,
    )


def _why(entry: Mapping[str, Any]) -> str:
    if entry.get("errcode"):
        return f"{entry['errcode']} {entry.get('errmsg', '')}"
    told = str(entry.get("why") or "")
    return told or (f"{entry.get('answer')}, {entry.get('tries')} ×" if entry.get("tries") else "")


def _content(entry: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Title, Markdown, who is mentioned, and buttons; of a notice of ours, or of what was posted to a robot."""
    posted = entry.get("message")
    if not isinstance(posted, dict):
        return str(entry.get("title", "")), str(entry.get("text", posted or "")), (), ()
    kind = str(posted.get("msgtype", ""))
    part = posted.get(kind)
    body = part if isinstance(part, dict) else {}
    texts = str(body.get("text") or body.get("content") or "")
    return str(body.get("title", "")), texts, tuple(_mentions(posted.get("at"))), tuple(_buttons(body))


def _mentions(at: object) -> Iterator[str]:
    if isinstance(at, dict):
        for field in ("atMobiles", "atUserIds", "atDingtalkIds"):
            found = at.get(field)
            yield from (str(one) for one in found) if isinstance(found, list) else ()
        if at.get("isAtAll") is True:
            yield "all"


def _buttons(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Links of the kinds link and actionCard; feedCard's items too."""
    if body.get("messageUrl"):
        yield str(body.get("title") or body["messageUrl"]), str(body["messageUrl"])
    if body.get("singleURL"):
        yield str(body.get("singleTitle") or body["singleURL"]), str(body["singleURL"])
    for field, address, title in (("btns", "actionURL", "title"), ("links", "messageURL", "title")):
        found = body.get(field)
        for one in found if isinstance(found, list) else ():
            if isinstance(one, dict):
                yield str(one.get(title, "")), str(one.get(address, ""))
