"""A condition in CloudMonitor's words: statistic, operator, threshold, number of periods.

The reporter sends one judged value per window, so every rule reads a plain statistic and none depends on the service
taking percentile statistics in custom namespaces. Knows nothing of who carries the rule.
"""

from __future__ import annotations

from .amounts import clock, number
from .carriers import Share, period_s
from .monitor import STREAKS, Condition, Hours, Level, Severity, Signal
from .objects import Escalation

ABOVE, AT_LEAST, BELOW = "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"
ALWAYS = "00:00-23:59 +0800 dayofweek 1,2,3,4,5,6,7"


def escalations(share: Share) -> tuple[Escalation, ...]:
    """The levels of the share's rule, most urgent first."""
    condition = share.condition
    period = period_s(condition)
    return tuple([_escalation(condition.signal, level, times(condition, level, period)) for level in share.levels])


def times(condition: Condition, level: Level, period: int) -> int:
    """Consecutive periods that must hold; for silence, as many as the silence lasts, rounded up."""
    seconds = level.threshold if condition.signal is Signal.NO_RUNS else condition.for_s
    return max(1, -int(-seconds // period))


def _escalation(signal: Signal, level: Level, periods: int) -> Escalation:
    name = "warn" if level.severity is Severity.WARNING else level.severity.value
    if signal is Signal.NO_RUNS:
        return Escalation(name, "Sum", BELOW, "1", periods)
    operator = AT_LEAST if signal in STREAKS else ABOVE
    return Escalation(name, "Maximum", operator, number(level.threshold), periods)


def effective_interval(hours: Hours | None) -> str:
    """`HH:MM-HH:MM <zone> dayofweek 1,2,3`; the service's day ends at 23:59 (provider docs of the rule resource)."""
    if hours is None:
        return ALWAYS
    days = ",".join(map(str, sorted(hours.days)))
    return f"{clock(hours.start_minute)}-{clock(min(hours.end_minute, 1439))} {hours.zone} dayofweek {days}"
