"""The time that a console link asks for, and links that ask for it: presets by number, or two moments.

Of the console's numbers those are known that its page on embedding names; any other falls back to the default.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote, urlencode

from flowvigil.emulator.page.rendering import CHINA
from flowvigil.emulator.querying.answers import Span

PRESETS: Mapping[str, int] = MappingProxyType({"23": 300, "2": 900, "3": 3600, "5": 86_400})
"""queryTimeType to seconds (help page 103028)."""
DEFAULT, ABSOLUTE = "2", "99"
LATEST = 1 << 40


@dataclass(frozen=True)
class Asked:
    """`preset` is empty for two moments."""

    span: Span
    preset: str

    @property
    def seconds(self) -> int:
        return self.span.end - self.span.start


def asked(query: Mapping[str, str], now_ms: int, default: str = DEFAULT) -> Asked:
    """The span of a link: startTime and endTime in unix seconds for 99, from and to of the form otherwise."""
    now = now_ms // 1000 + 1
    kind = query.get("queryTimeType", default)
    start, end = _moment(query, "startTime", "from"), _moment(query, "endTime", "to")
    if kind == ABSOLUTE and start is not None and end is not None and 0 <= start < end < LATEST:
        return Asked(Span(start, end), "")
    known = kind if kind in PRESETS else default
    return Asked(Span(now - PRESETS[known], now), known)


def _moment(query: Mapping[str, str], seconds: str, written: str) -> int | None:
    text = query.get(seconds, "")
    if text.isascii() and text.isdecimal():
        return int(text)
    try:
        return int(datetime.fromisoformat(query.get(written, "")).replace(tzinfo=CHINA).timestamp())
    except (ValueError, OverflowError):
        return None


def written(seconds: int) -> str:
    """The form of a moment that a date field holds."""
    return f"{datetime.fromtimestamp(seconds, CHINA):%Y-%m-%dT%H:%M:%S}"


def query_text(query: Mapping[str, str]) -> str:
    """The query of a link, which is encoded, or of the form, which is not."""
    text = query.get("queryString", "")
    if query.get("encode") != "base64":
        return text
    try:
        return base64.b64decode(text.replace(" ", "+"), validate=True).decode()
    except ValueError:
        return text


def log_path(project: str, store: str, text: str, span: Span | None = None) -> str:
    """The console's path of a search, over two moments or the last fifteen minutes."""
    times = {"queryTimeType": ABSOLUTE, "startTime": span.start, "endTime": span.end} if span else {
        "queryTimeType": DEFAULT}  # fmt: skip
    encoded = base64.b64encode(text.encode()).decode()
    where = f"/lognext/project/{quote(project, safe='')}/logsearch/{quote(store, safe='')}"
    return f"{where}?{urlencode({'encode': 'base64', 'queryString': encoded, **times})}"


def board_path(project: str, name: str) -> str:
    return f"/lognext/project/{quote(project, safe='')}/dashboard/{quote(name, safe='')}"
