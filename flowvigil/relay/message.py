"""One notice as a DingTalk Markdown message. Pure; what Log Service knows of the runs is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import links
from .judging import DOWN, MISSING, RECOVERED, UP, Notice
from .settings import Condition, Flow, Level, Robot, Settings
from .words import SILENCES, WORDS, measured, mention, moment, plain, run_name, span

NOTHING: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One run as Log Service has it."""

    run_id: str
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What Log Service said: the time range of the runs, the slowest of them; None where it did not answer."""

    span: links.Span | None = None
    slowest: tuple[Run, ...] | None = None


UNSEEN = Seen()


def markdown(title: str, text: str, at: Sequence[str] = ()) -> dict[str, Any]:
    """The body for a robot (custom robot access, message types). `at` are user ids, phone numbers or `all`."""
    phones = [one for one in at if one.lstrip("+").replace("-", "").isdigit() and len(one) >= 11]
    users = [one for one in at if one not in phones and one != "all"]
    mentions = {"atMobiles": phones, "atUserIds": users, "isAtAll": "all" in at}
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}, "at": mentions}


def headline(notice: Notice, flow: Flow, lang: str) -> str:
    """Such as `严重 报警 客服问答 p95`."""
    words = WORDS[lang]
    shown = words[notice.severity] if notice.kind not in (RECOVERED, MISSING) else ""
    return " ".join(filter(None, [shown, words[notice.kind], plain(flow.title or flow.flow), notice.alarm]))


def message(
    settings: Settings,
    flow: Flow,
    condition: Condition,
    notice: Notice,
    robot: Robot,
    seen: Seen = UNSEEN,
    hooks: Sequence[str] = NOTHING,
    number: str = "",
) -> dict[str, Any]:
    """The message about one notice; `hooks` are lines about what is called, `number` tells messages apart."""
    lang = settings.language
    words = WORDS[lang]
    at = robot.at if notice.kind not in (RECOVERED, DOWN, MISSING) else ()
    title = f"{words['monitor']} {headline(notice, flow, lang)}"
    lines = [
        f"- {words['state']}: {_state(notice, words)}",
        _value(notice, condition, lang),
        _since(notice, words),
        _owner(flow, at, words),
        _slowest(notice, condition, seen, words),
        *[f"- {plain(line, 300)}" for line in hooks],
        f"- {_links(settings, flow, condition, notice, seen, words)}",
    ]
    tail = f"{flow.flow} · slice {flow.slice}" + (f" · {words['message']} {number}" if number else "")
    text = "\n".join([f"### {title}", "", *filter(None, lines), "", tail])
    return markdown(title, text, at)


def _state(notice: Notice, words: dict[str, str]) -> str:
    state = words["ok"] if notice.kind == RECOVERED else words[notice.severity]
    changed = notice.kind in (UP, DOWN, RECOVERED)
    return f"{state} ({words['before']} {words[notice.before]})" if changed else state


def _value(notice: Notice, condition: Condition, lang: str) -> str:
    words = WORDS[lang]
    judged = level(condition, notice)
    bar = f", {words['threshold']} {judged.says}" if judged else ""
    lasting = f", {words['lasting']} {span(condition.for_s * 1000)}" if condition.for_s > condition.period_s else ""
    return f"- {words['value']}: {measured(notice.value, condition.unit, lang)}{bar}{lasting}"


def level(condition: Condition, notice: Notice) -> Level | None:
    """The level whose threshold the message names: the one reached, after a recovery the one that was left."""
    return condition.level(notice.before if notice.kind == RECOVERED else notice.severity)


def _since(notice: Notice, words: dict[str, str]) -> str:
    lasted = notice.at - notice.since
    known = f" ({words['over']} {span(lasted)})" if lasted >= 60_000 else ""
    line = f"- {words['since']}: {moment(notice.since)}{known}"
    return f"{line}\n- {words['until']}: {moment(notice.at)}" if notice.kind == RECOVERED else line


def _owner(flow: Flow, at: Sequence[str], words: dict[str, str]) -> str:
    people = " ".join(mention(one) for one in at)
    said = " ".join(filter(None, [plain(flow.owner), people]))
    return f"- {words['owner']}: {said}" if said else ""


def _slowest(notice: Notice, condition: Condition, seen: Seen, words: dict[str, str]) -> str:
    if notice.kind in (RECOVERED, MISSING) or condition.signal in SILENCES:
        return ""
    if seen.slowest is None:
        return f"- {words['slowest']}: {words['no_answer']}"
    runs = ", ".join(f"{run_name(one.run_id)} {span(one.duration_ms)}" for one in seen.slowest)
    return f"- {words['slowest']}: {runs or words['no_runs']}"


def _links(
    settings: Settings, flow: Flow, condition: Condition, notice: Notice, seen: Seen, words: dict[str, str]
) -> str:
    when = seen.span or links.breach(notice, condition)
    found = [f"[{words['runs']}]({links.logs(settings, flow.logs, links.search(settings, flow, condition), when)})"]
    if flow.context:
        found.append(f"[{words['logs']}]({links.logs(settings, flow.context, '*', when)})")
    if flow.dashboard:
        found.append(f"[{words['board']}]({links.wrapped(flow.dashboard)})")
    if flow.runbook:
        found.append(f"[{words['book']}]({links.wrapped(flow.runbook)})")
    return " · ".join(found)
