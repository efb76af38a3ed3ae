"""The state of one rule on one series: streaks of breached windows, the level they add up to, and who was told.

The highest level whose last `times` windows were all breached is the state. A change to another level is told at once
unless that level's silence still runs; the same level is told again when its silence is over.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from flowvigil.emulator.evaluation.columns import KEPT_S, Columns, Series
from flowvigil.emulator.evaluation.rules import INSUFFICIENT, KEEP, Rule

OK = "OK"


@dataclass(frozen=True)
class Assumptions:
    """Where the documentation is silent; each is a switch of the emulator. `delay` is in seconds."""

    delay: int = 0
    empty_windows: int = 1
    gap_breaks: bool = False
    silence_lasts: bool = False


class Change(NamedTuple):
    """What a check found: `told` says whether notices go out; before and after are OK, a level, or no data."""

    time: int
    rule_id: str
    series: Series
    before: str
    after: str
    told: bool
    value: float | None
    since: int


@dataclass
class Machine:
    """Mutable on purpose: millions of steps. `checked` is the number of the last check, `begun` that of the check after
    which windows count, `sent` level to ms.
    """

    streaks: list[int]
    checked: int
    state: str = OK
    since: int = 0
    missing: int = 0
    told: bool = False
    sent: dict[str, int] = field(default_factory=dict)
    begun: int = 0

    @property
    def idle(self) -> bool:
        """Whether forgetting it would change nothing but the number of the last check."""
        return self.state == OK and not any(self.streaks) and not self.missing and not self.sent

    def view(self) -> dict[str, Any]:
        return asdict(self)

    def pause(self) -> None:
        """The rule is not in force: what was counted begins anew, the state stays."""
        self.streaks = [0] * len(self.streaks)
        self.missing = 0
        self.begun = self.checked

    def recount(self, rule: Rule, series: Series, columns: Columns, given: Assumptions) -> None:
        """Count the streaks again from the windows as they are known now, after points that came late."""
        newest = self.checked * rule.interval // rule.period
        oldest = max(self.begun * rule.interval // rule.period, newest - KEPT_S // rule.period)
        longest = 0 if given.gap_breaks else given.empty_windows - 1 if rule.no_data != KEEP else newest
        for place, level in enumerate(rule.levels):
            count = gap = 0
            for window in range(newest, oldest, -1):
                held = level.holds(columns, series, window * rule.period)
                gap = gap + 1 if held is None else 0
                if held is False or gap > longest or count == level.times:
                    break
                count += bool(held)
            self.streaks[place] = count

    def check(self, rule: Rule, series: Series, columns: Columns, given: Assumptions) -> Change | None:
        """Make the next check: judge the windows that ended since the last one."""
        self.checked += 1
        end = self.checked * rule.interval
        at = (end + given.delay) * 1000
        if not rule.open(at):
            self.pause()
            return None
        start = (end - rule.interval) // rule.period
        found = [self._window(rule, series, columns, stop * rule.period, given)
                 for stop in range(start + 1, end // rule.period + 1)]  # fmt: skip
        if not any(found):
            self.missing += not found
            return self._no_data(rule, series, at, given)
        target = next((one.name for one, n in zip(rule.levels, self.streaks, strict=True) if n >= one.times), OK)
        return self._reach(rule, series, at, target, _value(rule, series, columns, end, target), given)

    def _window(self, rule: Rule, series: Series, columns: Columns, end_s: int, given: Assumptions) -> bool:
        """Count one window; False when it holds nothing to judge."""
        any_data = False
        for place, level in enumerate(rule.levels):
            breached = level.holds(columns, series, end_s)
            if breached is not None:
                any_data = True
                self.streaks[place] = self.streaks[place] + 1 if breached else 0
            elif given.gap_breaks:
                self.streaks[place] = 0
        self.missing = 0 if any_data else self.missing + 1
        return any_data

    def _no_data(self, rule: Rule, series: Series, at: int, given: Assumptions) -> Change | None:
        if rule.no_data == KEEP or self.missing < given.empty_windows:
            return None
        self.streaks = [0] * len(self.streaks)
        target = INSUFFICIENT if rule.no_data == INSUFFICIENT else OK
        return self._reach(rule, series, at, target, None, given)

    def _reach(
        self, rule: Rule, series: Series, at: int, target: str, value: float | None, given: Assumptions
    ) -> Change | None:
        before = self.state
        if target == before and (target in (OK, INSUFFICIENT) or not self._due(rule, target, at)):
            return None
        told = self._tells(rule, target, at)
        since = self.since if before not in (OK, INSUFFICIENT) else at
        self.state, self.since = target, (since if target != OK else 0)
        self.told = target != OK and (told or self.told)
        if target == OK and not given.silence_lasts:
            self.sent.clear()
        elif told and target not in (OK, INSUFFICIENT):
            self.sent[target] = at
        return Change(at, rule.rule_id, series, before, target, told, value, since)

    def _tells(self, rule: Rule, target: str, at: int) -> bool:
        if target == OK:
            return rule.send_ok and self.told
        return target == INSUFFICIENT or self._due(rule, target, at)

    def _due(self, rule: Rule, level: str, at: int) -> bool:
        last = self.sent.get(level)
        return last is None or at - last >= rule.silence * 1000


def _value(rule: Rule, series: Series, columns: Columns, end_s: int, target: str) -> float | None:
    level = next((one for one in rule.levels if one.name == target), rule.levels[0])
    return level.conditions[0].value(columns, series, end_s)
