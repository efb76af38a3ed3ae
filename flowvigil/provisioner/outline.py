"""What flows with equal conditions share: who carries each rule, in which words, on which series.

Most flows of a fleet differ in their names alone, so this is worked out once for all that are alike.
Knows conditions; knows no flow, no stack and no contact group's name in the cloud.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..reporter.contract import Series
from . import names
from .carriers import By, Choice, Reason, Share, by_logs, choose, period_s
from .monitor import PERCENTILES, Carrier, Condition, Reporters, Signal
from .objects import Escalation
from .rules import effective_interval, escalations
from .slices import canonical


@dataclass(frozen=True, slots=True)
class Line:
    """A direct rule but for what its flow adds. `key` tells it apart within the flow, `which` within the condition."""

    share: Share
    key: str
    which: str
    alarm: str
    metric: str
    escalations: tuple[Escalation, ...]
    period_s: int
    silence_s: int
    interval: str


@dataclass(frozen=True, slots=True)
class Outline:
    """`series` are what the reporter fills; durations under `slow_over_ms` may be sampled.

    `reports` are shares of no_reports; `text` is canonical JSON of all that is here, for slices.
    """

    choices: tuple[Choice, ...]
    templated: tuple[Share, ...]
    direct: tuple[Line, ...]
    series: tuple[Series, ...]
    slow_over_ms: float | None
    text: bytes


@lru_cache(maxsize=8192)
def outline(
    conditions: tuple[Condition, ...],
    app: str,
    reporters: Reporters,
    wanted: Carrier,
    refused: bool,  # noqa: FBT001 - a cached function hashes its arguments
    room: bool,  # noqa: FBT001
) -> Outline:
    """The outline of flows with these conditions; the last three are what `carriers.choose` needs to know."""
    choices = tuple(choose(conditions, reporters, wanted, refused=refused, room=room))
    templated = tuple([choice.share for choice in choices if choice.by is By.TEMPLATE])
    direct = tuple([_line(app, choice.share) for choice in choices if choice.by is By.DIRECT])
    series = tuple([_series(app, one) for one in conditions if not by_logs(reporters, one)])
    slow = _slow_over_ms(conditions)
    reports = [choice.share for choice in choices if choice.reason is Reason.REPORTS]
    named = [("Series", one) for one in series]  # as other objects: by the name of their kind, which a tuple hides
    return Outline(choices, templated, direct, series, slow, canonical(templated, direct, named, slow, reports))


def _line(app: str, share: Share) -> Line:
    condition = share.condition
    return Line(
        share=share,
        key=f"{condition.alarm}.{names.key(*share.groups)}",
        which="" if share.whole else share.severities,
        alarm=condition.alarm,
        metric=names.metric(app, condition.signal.value, condition.alarm),
        escalations=escalations(share),
        period_s=period_s(condition),
        silence_s=share.repeat_s,
        interval=effective_interval(condition.hours),
    )


def _series(app: str, condition: Condition) -> Series:
    signal = condition.signal.value
    return Series(
        metric=names.metric(app, signal, condition.alarm),
        signal=signal,
        alarm=condition.alarm,
        period_s=period_s(condition),
        min_runs=condition.min_runs,
        over_ms=condition.over_ms,
    )


def _slow_over_ms(conditions: tuple[Condition, ...]) -> float | None:
    """The lowest limit on durations: whatever is faster may be sampled. No first token comes after the end."""
    limits = [one.over_ms for one in conditions if one.over_ms is not None]
    timed = PERCENTILES | {Signal.TTFT}
    limits += [level.threshold for one in conditions if one.signal in timed for level in one.levels]
    return min(limits, default=None)
