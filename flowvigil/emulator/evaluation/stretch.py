"""Runs a rule's machine over many checks, passing over stretches in which nothing can change.

Where every level is breached in all windows of a stretch or in none, and no streak completes and no notice falls due,
the outcome of each check is known without making it; everything else is checked one by one.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.emulator.evaluation.columns import Columns, Series
from flowvigil.emulator.evaluation.machine import OK, Assumptions, Change, Machine
from flowvigil.emulator.evaluation.rules import INSUFFICIENT, KEEP, Rule

STRIDES = (1440, 96, 12)
"""In checks; 1440 of a minute are a day."""


def run(
    machine: Machine, rule: Rule, series: Series, columns: Columns, given: Assumptions, last: int
) -> Iterator[Change]:
    """Every change from the machine's next check up to the check `last`."""
    while machine.checked < last:
        for stride in STRIDES:
            if machine.checked + stride <= last and _passed(machine, rule, series, columns, given, stride):
                break
        else:
            change = machine.check(rule, series, columns, given)
            if change:
                yield change


def _passed(machine: Machine, rule: Rule, series: Series, columns: Columns, given: Assumptions, checks: int) -> bool:
    """Move the machine over a stretch if its outcome is known; False when it is not."""
    start, end = machine.checked * rule.interval, (machine.checked + checks) * rule.interval
    if rule.interval != rule.period:
        return False
    if not _single(rule):
        return False
    breached = [level.uniform(columns, series, start, end) for level in rule.levels]
    if None in breached:
        return _passed_empty(machine, rule, series, columns, given, checks)
    streaks = [n + checks if held else 0 for n, held in zip(machine.streaks, breached, strict=True)]
    if any(held for held in breached) and not _settled(machine, rule, breached, end, given):
        return False
    if not any(breached) and machine.state != OK:
        return False
    machine.streaks = streaks
    machine.missing = 0
    machine.checked += checks
    return True


def _single(rule: Rule) -> bool:
    return all(one.period == rule.period for level in rule.levels for one in level.conditions)


def _settled(machine: Machine, rule: Rule, breached: list[bool | None], end_s: int, given: Assumptions) -> bool:
    """Whether an alarm stays at its level throughout, with no notice due before the end."""
    if machine.state in (OK, INSUFFICIENT) or not rule.always_open:
        return False
    if (end_s + given.delay) * 1000 - machine.sent.get(machine.state, 0) >= rule.silence * 1000:
        return False
    held = [level.name for level, yes in zip(rule.levels, breached, strict=True) if yes]
    complete = all(
        n >= level.times or not yes for level, yes, n in zip(rule.levels, breached, machine.streaks, strict=True)
    )
    return complete and held[0] == machine.state


def _passed_empty(
    machine: Machine, rule: Rule, series: Series, columns: Columns, given: Assumptions, checks: int
) -> bool:
    start, end = machine.checked * rule.interval, (machine.checked + checks) * rule.interval
    quiet = rule.no_data == KEEP or (machine.state == OK and rule.no_data == OK)
    if not quiet or any(machine.streaks) or not rule.always_open:
        return False
    if not all(one.silent(columns, series, start, end) for level in rule.levels for one in level.conditions):
        return False
    machine.missing += checks
    machine.checked += checks
    return True
