"""The Markdown of DingTalk messages as safe HTML: headings, quotes, lists, emphasis, links; never raw HTML or pictures.

A picture becomes a link, because a page without external parts must not fetch it. Links to the vendor's console get a
twin that opens the same view here: only the host differs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

_ADDRESS = re.compile(r"https?://[^\s<>()\[\]]+")
_SPECIAL = re.compile(r"([\\`*_\[\]<>&!#+~|])")
_ESCAPED = r"\\\1"
CONSOLES = frozenset(("sls.console.aliyun.com", "sls.console.alibabacloud.com"))

HERE = frozenset(("127.0.0.1", "localhost"))


def local(address: str) -> str:
    """The path on this page of a console address, empty for any other."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    ours = (parts.scheme == "https" and parts.hostname in CONSOLES) or (
        parts.scheme == "http" and parts.hostname in HERE
    )
    inside = ours and parts.path.startswith("/lognext/")
    return f"{parts.path}{'?' + parts.query if parts.query else ''}" if inside else ""


def _reader() -> MarkdownIt:
    found = MarkdownIt("js-default", {"html": False, "linkify": False, "breaks": True}).disable(
        ["table", "code", "fence"]
    )
    found.add_render_rule("image", _picture)
    found.add_render_rule("link_open", _link)
    found.add_render_rule("heading_open", _heading)
    found.add_render_rule("heading_close", _heading_end)
    return found


def _picture(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    address = str(tokens[index].attrs.get("src", ""))
    return Markup('<a href="{}" rel="noreferrer" target="_blank">{}</a>').format(
        address, tokens[index].content or address
    )


def _heading(*_given: Any) -> str:
    """A message's heading is none of the page."""
    return '<p class="heading">'


def _heading_end(*_given: Any) -> str:
    return "</p>\n"


def _link(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    address = str(tokens[index].attrs.get("href", ""))
    if here := local(address):
        return Markup('<a class="here" href="{}">').format(here)
    return Markup('<a href="{}" rel="noreferrer" target="_blank">').format(address)


_READER = _reader()


def rendered(text: str) -> Markup:
    """The HTML of a message's text."""
    return Markup(_READER.render(_linked(text)))  # noqa: S704 - the reader escapes everything it does not make itself


def _linked(text: str) -> str:
    """Bare addresses become links, as DingTalk shows them."""
    return " ".join(_bare(word) for word in text.split(" "))


def _bare(word: str) -> str:
    head, newline, tail = word.partition("\n")
    made = f"[{_SPECIAL.sub(_ESCAPED, _brief(head))}](<{head}>)" if _ADDRESS.fullmatch(head) else head
    return made + newline + (_bare(tail) if newline else "")


def shown(address: str) -> Markup:
    """A text that may be an address: a link, or the text."""
    if here := local(address):
        return Markup('<a class="here" href="{}">{}</a>').format(here, _brief(address))
    if _ADDRESS.fullmatch(address):
        return Markup('<a href="{}" rel="noreferrer" target="_blank">{}</a>').format(address, _brief(address))
    return escape(address)


def _brief(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    whole = f"{parts.hostname}{parts.path}"
    return whole if len(whole) <= 60 else whole[:57] + "…"
