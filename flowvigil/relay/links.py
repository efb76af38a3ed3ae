"""Links of a message: logs between absolute times, the dashboard, the runbook, all opening in the browser.

DingTalk opens links in a pane of its own unless they are wrapped (open platform, "message link opens in browser").
Knows how a breach's time range follows from a condition when nobody can be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from flowvigil.provisioner import queries
from flowvigil.reporter.contract import FAILED, STATUS, TIMED_OUT

from .judging import RECOVERED, Notice
from .settings import Condition, Flow, Settings, Store

JUDGED_LATE_MS = 180_000
"""From the end of a window to its alarm, at most; 1 to 3 minutes are assumed."""

AGES = ("no_runs", "no_reports", "stuck")
"""A run that is stuck began so long before its first breached window; without runs the time itself is the breach."""
FAILURES = ("failure_rate", "failure_streak")


@dataclass(frozen=True, slots=True)
class Span:
    """A time range in seconds, right end open; `exact` when it comes from the runs themselves."""

    start_s: int
    end_s: int
    exact: bool = False


def wrapped(address: str) -> str:
    """The address as DingTalk opens it in the browser."""
    return f"dingtalk://dingtalkclient/page/link?url={quote(address, safe='')}&pc_slide=false"


def breach(notice: Notice, condition: Condition) -> Span:
    """The windows that were breached, by the rule's own terms: they ended before the alarm, so it errs early.

    An alert of Log Service is judged at once, on whole minutes.
    """
    age_s = max(level.threshold for level in condition.levels) if condition.signal in AGES else 0
    held_s = max(condition.for_s, condition.period_s)
    lasting = int(1000 * (age_s + held_s if condition.signal == "stuck" else max(age_s, held_s)))
    start = notice.since - (0 if condition.logs else JUDGED_LATE_MS) - lasting
    minute = start // 60_000 * 60
    if condition.logs:
        return Span(minute, max(notice.at // 60_000 * 60, minute + 60))
    return Span(minute, max(notice.at // 1000, minute + 60) + (60 if notice.kind != RECOVERED else 0))


def search(settings: Settings, flow: Flow, condition: Condition) -> str:
    """The runs that the condition is about, or the reports that are missing."""
    names = flow.known_as or (flow.flow,)
    if condition.signal == "no_reports":
        return queries.reporters(settings.service, *names)
    runs = queries.runs(settings.service, *names)
    return f"{runs} and ({STATUS}: {FAILED} or {STATUS}: {TIMED_OUT})" if condition.signal in FAILURES else runs


def logs(settings: Settings, where: Store, query: str, span: Span) -> str:
    """The wrapped link to a search between the times."""
    return wrapped(
        queries.log_link_between(
            project=where.project,
            logstore=where.logstore,
            region=settings.region,
            search=query,
            start_s=span.start_s,
            end_s=span.end_s,
            console=settings.console,
        )
    )
