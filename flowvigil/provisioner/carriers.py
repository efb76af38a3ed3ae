"""Which cloud object carries a condition to whom, and why.

A condition becomes one rule for each set of contact groups that is told the same of it.
A rule goes into the flow's template when a template can say it, else it stands alone.
Knows what templates can say (cms-api: CreateMetricRuleTemplate, ApplyMetricRuleTemplate); builds no object.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from .monitor import BY_LOGS, INSIDE, Carrier, Condition, Level, Monitor, Reporters, Severity, Signal

TEMPLATE_RULES = 30
"""Rules that one template may hold (user guide of alert templates)."""

TEMPLATES_USED = 80
"""Templates of a stack that `auto` uses of the 100 that an account may have, so that other teams find room."""

TEMPLATE_PERIOD_S = 60
URGENCY = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}


class By(Enum):
    """What carries a rule."""

    TEMPLATE = "template"
    DIRECT = "direct"
    LOG_ALERT = "log alert"


class Reason(Enum):
    """Why a rule is carried the way it is."""

    ORDINARY = "a template can say it"
    FORCED_DIRECT = "the spec or the stack asks for direct rules"
    PERIOD = "a template's rules have no period of their own"
    HOURS = "a template has no weekdays"
    RECIPIENTS = "a template tells one set of contact groups, and these are others"
    REPEAT = "a template repeats all its alarms alike, and this one repeats otherwise"
    RULES = f"a template holds {TEMPLATE_RULES} rules"
    TEMPLATES = f"{TEMPLATES_USED} flows have templates already; an account may have 100"
    REFUSED = "the service takes no custom metrics in templates"
    RENAMED = "watches the flow's old name until the rename is over"
    REPORTS = "reports are events in Log Service, which no CloudMonitor rule can see"
    INSIDE = "what happens inside a run is in its event in Log Service, which no CloudMonitor rule can see"
    MANY = "runs of several reporters can only be merged by Log Service"


@dataclass(frozen=True, slots=True)
class Share:
    """What one set of contact groups is told of a condition. `levels` are ordered most urgent first.

    A rule has one silence time, so all its levels repeat like the most urgent one.
    """

    condition: Condition
    groups: tuple[str, ...]
    levels: tuple[Level, ...]

    @property
    def repeat_s(self) -> int:
        """Seconds until the rule speaks again while it keeps firing."""
        return self.levels[0].repeat_s

    @property
    def whole(self) -> bool:
        """Whether the condition has no other share."""
        return all(self.groups == level.groups for level in self.condition.levels)

    @property
    def severities(self) -> str:
        """Such as `critical+warning`."""
        return "+".join(level.severity.value for level in self.levels)


@dataclass(frozen=True, slots=True)
class Choice:
    """What carries one rule, and why."""

    share: Share
    by: By
    reason: Reason


def shares(condition: Condition) -> list[Share]:
    """One share for each distinct set of levels that a contact group is told of."""
    levels = condition.levels
    first = levels[0].groups
    if len(levels) == 1 or all(level.groups == first for level in levels):
        return [Share(condition, first, levels)]
    told: dict[str, tuple[Level, ...]] = {}
    for level in levels:
        for group in level.groups:
            told[group] = (*told.get(group, ()), level)
    sets: dict[tuple[Level, ...], list[str]] = {}
    for group, its_levels in told.items():
        sets.setdefault(its_levels, []).append(group)
    return [Share(condition, tuple(groups), its_levels) for its_levels, groups in sets.items()]


def everybody(condition: Condition) -> Share:
    """One share of all that a condition tells: a log alert tells each severity's groups by itself, so one is enough."""
    groups = dict.fromkeys(group for level in condition.levels for group in level.groups)
    return Share(condition, tuple(groups), condition.levels)


def ordinary(found: Sequence[Share]) -> tuple[tuple[str, ...], int]:
    """The contact groups and the repeat that most rules of a flow have; among equals, those of the most urgent rule."""
    counts: dict[tuple[tuple[str, ...], int], list[int]] = {}
    if len({(share.groups, share.levels[0].repeat_s) for share in found}) == 1:
        return found[0].groups, found[0].levels[0].repeat_s
    for share in found:
        urgency = URGENCY[share.levels[0].severity]
        seen = counts.setdefault((share.groups, share.levels[0].repeat_s), [0, urgency])
        seen[0] += 1
        seen[1] = min(seen[1], urgency)
    return min(counts, key=lambda pair: (-counts[pair][0], counts[pair][1]))


def choose(
    conditions: Iterable[Condition], reporters: Reporters, wanted: Carrier, *, refused: bool, room: bool
) -> list[Choice]:
    """What carries each rule of a flow with these conditions.

    `wanted` is what spec or stack ask for, `refused` says that the service takes no custom metrics in templates,
    `room` that the account has room for one more template.
    """
    log_alerts: list[Choice] = []
    found: list[Share] = []
    for one in conditions:
        if not by_logs(reporters, one):
            found += shares(one)
        else:
            log_alerts.append(Choice(everybody(one), By.LOG_ALERT, _why_logs(one.signal)))
    if not found:
        return log_alerts
    usual = ordinary(found)
    chosen: list[Choice] = []
    held = 0
    for share in found:
        reason = _obstacle(share, usual, wanted, held, refused=refused, room=room)
        held += reason is None
        by = By.DIRECT if reason else By.TEMPLATE
        chosen.append(Choice(share, by, reason or Reason.ORDINARY))
    return chosen + log_alerts


def wanted_carrier(monitor: Monitor, of_stack: Carrier) -> Carrier:
    """What the spec asks for, else the stack."""
    return of_stack if monitor.rules is Carrier.AUTO else monitor.rules


def by_logs(reporters: Reporters, condition: Condition) -> bool:
    """Whether only Log Service can judge the condition."""
    return reporters is Reporters.MANY or condition.signal in BY_LOGS


def _why_logs(signal: Signal) -> Reason:
    if signal in INSIDE:
        return Reason.INSIDE
    return Reason.REPORTS if signal is Signal.NO_REPORTS else Reason.MANY


def _obstacle(
    share: Share, usual: tuple[tuple[str, ...], int], wanted: Carrier, held: int, *, refused: bool, room: bool
) -> Reason | None:
    """Why a template cannot carry the rule, or None."""
    if wanted is Carrier.DIRECT:
        return Reason.FORCED_DIRECT
    unsaid = _unsaid(share, usual)
    if unsaid or not refused:
        return unsaid or (Reason.RULES if held >= TEMPLATE_RULES else None if room else Reason.TEMPLATES)
    return Reason.REFUSED


def _unsaid(share: Share, usual: tuple[tuple[str, ...], int]) -> Reason | None:
    """What of the rule a template of a flow with these usual recipients and repeat has no words for."""
    if period_s(share.condition) != TEMPLATE_PERIOD_S:
        return Reason.PERIOD
    if share.condition.hours is not None:
        return Reason.HOURS
    if share.groups != usual[0]:
        return Reason.RECIPIENTS
    return None if share.levels[0].repeat_s == usual[1] else Reason.REPEAT


def period_s(condition: Condition) -> int:
    """The window that a condition's rule reads: for silence 60 s up to an hour and 300 s beyond, else its own."""
    if condition.signal is not Signal.NO_RUNS:
        return condition.period_s
    return 60 if max(level.threshold for level in condition.levels) <= 3600 else 300
