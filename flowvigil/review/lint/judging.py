"""Runs the checks over what was read. A check of an alarm runs once for all flows that share the alarm.

Pure but for the files that are looked up to find the place of what a check names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path as File

from flowvigil.provisioner.monitor import Condition
from flowvigil.provisioner.spec import Place, Reading, View, read_folder

from .check import About, Check, Grade, Hit
from .checks import CHECKS, OF_PROBLEM
from .checks.live import Facts, Live
from .finding import Finding, in_order, of_check, of_problem
from .ignoring import marked, read_ignores, split
from .watched import Fleet, Watched


@dataclass(frozen=True, slots=True)
class Wish:
    """What to judge: one environment or all (None), advice or not, as on which day, with which facts of the cloud."""

    today: date
    environment: str | None = None
    info: bool = False
    facts: Facts | None = None


@dataclass(slots=True)
class Judging:
    """One run over one reading."""

    reading: Reading
    whole: bool
    wish: Wish
    _of_alarm: dict[int, list[tuple[Check, Hit]]] = field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        """All findings, each place and check once, without those that comments ignore."""
        for problem in self.reading.problems:
            known = OF_PROBLEM.get(problem.id)
            yield of_problem(problem, known.id if known else f"spec/{problem.id}")
        files = marked(self.reading)
        info = self.wish.info
        if not files:
            yield from _once(self._made(info=info))
            return
        ignored = read_ignores(self.reading, files, self.wish.today)
        found = [
            one for one in _once(self._made(info=True)) if info or one.grade is not Grade.INFO or one.name in files
        ]
        kept = [*ignored.faults, *split(self.reading, ignored, found)]
        yield from (one for one in kept if info or one.grade is not Grade.INFO)

    def _made(self, *, info: bool) -> Iterator[Finding]:
        alarm, flow, folder = (_chosen(about, info=info) for about in ("alarm", "flow", "folder"))
        groups = self.reading.groups
        for view in self.reading.views:
            for condition in view.monitor.conditions:
                for check, hit in self._alarm(condition, alarm):
                    yield self._in_flow(check, view, hit, ("alarms", condition.alarm))
            watched = Watched(view.monitor, groups)
            for check in flow:
                for hit in check.judge(watched):
                    yield self._in_flow(check, view, hit, ())
        for environment in self._environments() if self.whole and not self.reading.problems else ():
            yield from self._fleet(environment, folder)

    def _alarm(self, condition: Condition, checks: Sequence[Check]) -> list[tuple[Check, Hit]]:
        known = self._of_alarm.get(id(condition))
        if known is None:
            known = [(one, hit) for one in checks for hit in one.judge(condition)]
            self._of_alarm[id(condition)] = known
        return known

    def _environments(self) -> list[str]:
        if self.wish.environment is not None:
            return [self.wish.environment]
        return sorted({view.environment for view in self.reading.views})

    def _fleet(self, environment: str, folder: Sequence[Check]) -> Iterator[Finding]:
        views: dict[str, View] = {}
        for view in self.reading.views:
            if view.environment == environment or (not view.environment and view.name not in views):
                views[view.name] = view
        by_flow = {view.monitor.flow: view for view in views.values()}
        groups, teams = self.reading.groups, self.reading.contacts.teams
        fleet = Fleet([Watched(one.monitor, groups) for one in views.values()], groups, teams)
        if not fleet.flows:
            return
        for check in folder:
            for hit in check.judge(fleet):
                yield self._in_fleet(check, by_flow, hit)
        if self.wish.facts is not None:
            live = Live(fleet, self.wish.facts)
            for check in _chosen("live", info=True):
                for hit in check.judge(live):
                    yield self._in_fleet(check, by_flow, hit)

    def _in_fleet(self, check: Check, by_flow: dict[str, View], hit: Hit) -> Finding:
        if hit.contacts:
            return of_check(check, self.reading.in_contacts(hit.path, hit.at), hit.values, hit.right)
        return self._in_flow(check, by_flow[hit.flow], hit, ())

    def _in_flow(self, check: Check, view: View, hit: Hit, above: tuple[str, ...]) -> Finding:
        place: Place = self.reading.in_flow(view, (*above, *hit.path), hit.at)
        return of_check(check, place, hit.values, hit.right)


def _chosen(about: About, *, info: bool) -> list[Check]:
    return [one for one in CHECKS.values() if one.about == about and (info or one.grade is not Grade.INFO)]


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    seen: set[tuple[str, str, str]] = set()
    for one in findings:
        key = (one.file, one.path, one.id)
        if key not in seen:
            seen.add(key)
            yield one


def judge(root: File, only: str, wish: Wish) -> list[Finding]:
    """All findings of a folder, or of one file or sub-folder of it, which is then not judged against the others."""
    reading = read_folder(root, only, wish.environment)
    return in_order(Judging(reading, not only, wish).findings())
