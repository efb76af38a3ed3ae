"""Many notices as few messages: a storm's every flow is named, with what happened to it, its value and its logs.

Pure. Messages stay under what a robot takes (20,000 bytes of body).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from . import links
from .judging import RECOVERED, Notice, rank
from .message import level, markdown
from .settings import Flow, Robot, Settings
from .words import WORDS, clock, measured, mention, plain

LARGEST = 18_000
MANY, LINKED = 100, 10
"""Of more than MANY notices only the first LINKED of a message have a link each: links are most of a line."""


def digest(settings: Settings, notices: Sequence[Notice], robot: Robot, number: str = "") -> tuple[dict[str, Any], int]:
    """One message and how many of the notices it holds, most urgent first; the rest needs another."""
    lang = settings.language
    words = WORDS[lang]
    flows = {one.flow: one for one in settings.flows}
    lines: list[str] = []
    left = LARGEST - 1500
    for place, notice in enumerate(notices):
        line = _line(settings, flows.get(notice.flow), notice, linked=place < LINKED or len(notices) <= MANY)
        left -= len(json.dumps(line, ensure_ascii=False).encode()) + 2
        if left < 0 and lines:
            break
        lines.append(line)
    held = notices[: len(lines)]
    title = f"{words['monitor']} {_counted(held, words)}"
    links_ = [f"[{words['overview']}]({links.wrapped(settings.overview)})"] if settings.overview else []
    at = robot.at if any(one.kind != RECOVERED for one in held) else ()
    people = [" ".join(mention(one) for one in at)] if at else []
    rest = len(notices) - len(held)
    more = [f"{words['more']}: {rest} {words['notices']}"] if rest else []
    tail = [f"{words['merged']} {len(held)} {words['notices']}" + (f" · {words['message']} {number}" if number else "")]
    return markdown(title, "\n".join([f"### {title}", "", *lines, "", *people, *more, *links_, *tail]), at), len(held)


def urgent_first(notices: Sequence[tuple[int, Notice]]) -> list[tuple[int, Notice]]:
    """Alarms before recoveries, critical first, then by time; what happened to one condition stays in order."""
    worst: dict[tuple[str, str], int] = {}
    for _, one in notices:
        place = (one.flow, one.alarm)
        worst[place] = min(worst.get(place, 99), rank(one.severity))
    return sorted(notices, key=lambda pair: (worst[pair[1].flow, pair[1].alarm], pair[1].flow, pair[1].alarm, pair[0]))


def _counted(notices: Sequence[Notice], words: dict[str, str]) -> str:
    """Such as `严重 报警 180, 恢复 20 (200 个 flow)`."""
    kinds = Counter(
        words[one.kind] if one.kind == RECOVERED else f"{words[one.severity]} {words[one.kind]}" for one in notices
    )
    parts = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    return f"{parts} ({len({one.flow for one in notices})} {words['flows']})"


def _line(settings: Settings, flow: Flow | None, notice: Notice, *, linked: bool) -> str:
    lang = settings.language
    words = WORDS[lang]
    condition = flow.condition(notice.alarm) if flow else None
    state = words[notice.kind] if notice.kind == RECOVERED else f"{words[notice.severity]} {words[notice.kind]}"
    if flow is None or condition is None:
        return f"- {state} {notice.flow} {plain(notice.alarm)} ({words['gone']})"
    judged = level(condition, notice)
    bar = f" ({judged.says})" if judged else ""
    name = plain(flow.title or flow.flow, 60)
    shown = name if name == flow.flow else f"{name} {flow.flow}"
    line = f"- {state} {shown} {notice.alarm} {measured(notice.value, condition.unit, lang)}{bar} {clock(notice.at)}"
    if not linked:
        return line
    when = links.breach(notice, condition)
    return f"{line} [{words['runs']}]({links.logs(settings, flow.logs, links.search(settings, flow, condition), when)})"
