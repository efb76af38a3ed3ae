"""When and how alarms come: their delay, missing data, late data, silence, and what the service posts.

Four series of one metric, each with a rule, run through the same minutes; the history of alarms tells the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .bench import LEVEL, MINUTE_MS, Bench
from .inquiry import Fact, inquiry
from .posted import callback_fields, robot_message
from .target import aim, target_log

NAMES = ("evaluation_delay_s", "no_data_policy", "empty_windows", "gap_in_streak", "late_points",
         "silence_after_recovery")  # fmt: skip
LONGEST = 20
"""Minutes after which what has not happened is taken not to happen."""

SETTLED = 8
"""Minutes after the first alarm by which every other rule has judged its last point."""

AFTER_S = 5
"""Seconds into a minute at which its points are reported."""

BAD, GOOD = 5, 0
POINTS = {"plain": {0: BAD}, "gap": {0: BAD, 2: BAD}, "late": dict.fromkeys((1, 2, 3, 4), BAD),
          "again": {0: BAD, 1: GOOD, 2: BAD, 3: GOOD}}  # fmt: skip
"""Value by minute of each series. `late` also gets its minute 0 once that has surely been judged."""

TIMES = {"gap": 2, "late": 5}
LABEL = {"Key": "runbook", "Value": "https://example.com/flowvigil-probe?from=label"}


@dataclass
class Course:
    """One run of the four rules. `start` is the beginning of minute 0 in ms."""

    bench: Bench
    start: int = 0
    late_sent: bool = False
    aimed: str = ""
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def run(self) -> None:
        """Make the rules, report minute by minute, read the history until all is known or enough has passed."""
        self._prepare()
        for minute in range(LONGEST + 1):
            self._wait(self.start + minute * MINUTE_MS + AFTER_S * 1000)
            self._report(minute)
            for name in POINTS:
                self.told[name] = self._history(name)
            if self._over(minute):
                return

    def _prepare(self) -> None:
        for name in POINTS:
            self.bench.report(name, {"Average": GOOD}, MetricName=self.bench.metric("alarm"))
        self.bench.clock.wait(self.bench.delay_s)
        for name in POINTS:
            level = {**LEVEL, "Statistics": "Average", "Times": TIMES.get(name, 1)}
            fields = {"MetricName": self.bench.metric("alarm"), "Resources": self.bench.resources(name)}
            more = self._plain() if name == "plain" else {}
            self.bench.put_rule(name, Escalations={"Critical": level}, SilenceTime="3600", **fields, **more)
        self.aimed = aim(self.bench, "plain")
        self.start = (self.bench.clock.now() // MINUTE_MS + 1) * MINUTE_MS

    def _plain(self) -> dict[str, Any]:
        """What the plain rule has beyond the others: it is the one that tells of missing data and calls back."""
        webhook = self.bench.listener.callback if self.bench.listener else ""
        return {"NoDataPolicy": "INSUFFICIENT_DATA", "Labels": [LABEL], "Webhook": webhook}

    def _wait(self, until: int) -> None:
        self.bench.clock.wait(max(0.0, (until - self.bench.clock.now()) / 1000))

    def _report(self, minute: int) -> None:
        for name, values in POINTS.items():
            if minute in values:
                self._point(name, minute, values[minute])
        first = self.first("plain")
        if first and not self.late_sent and self.bench.clock.now() >= first + MINUTE_MS:
            self.late_sent = self._point("late", 0, BAD)

    def _point(self, name: str, minute: int, value: int) -> bool:
        time = self.start + minute * MINUTE_MS
        return self.bench.report(name, {"Average": value}, time, MetricName=self.bench.metric("alarm")).taken

    def _history(self, name: str) -> list[dict[str, Any]]:
        window = {"StartTime": str(self.start - 10 * MINUTE_MS), "EndTime": str(self.bench.clock.now())}
        answer = self.bench.must("DescribeAlertLogList", RuleId=f"{self.bench.prefix}-{name}", PageSize="100", **window)
        return sorted(answer.body.get("AlertLogList") or [], key=lambda one: int(one["AlertTime"]))

    def _over(self, minute: int) -> bool:
        first = self.first("plain")
        missed = len(self.told["plain"]) > 1 or minute == LONGEST
        return first is not None and missed and self.bench.clock.now() > first + SETTLED * MINUTE_MS

    def first(self, name: str) -> int | None:
        """When a rule fired first, in ms."""
        return next((int(one["AlertTime"]) for one in self.told.get(name, ()) if _fired(one)), None)


def _fired(one: dict[str, Any]) -> bool:
    return str(one["Level"]).upper() in ("P2", "CRITICAL")


@inquiry("alarms", *NAMES, "callback_fields", "robot_message", "target_log",
         asks="when is an alarm told, what do missing, late and repeated data do, what is posted", calls=140,
         minutes=LONGEST + 5, series=4)  # fmt: skip
def alarms(bench: Bench) -> Iterator[Fact]:
    bench.group()
    course = Course(bench)
    course.run()
    first = course.first("plain")
    if first is None:
        yield from (Fact(name, None, f"no alarm within {LONGEST} minutes of a breach") for name in NAMES)
    else:
        yield _delay(course, first)
        yield from _missing(course, first)
        yield _gap(course)
        yield _late(course)
        yield _silence(course)
    yield callback_fields(bench, LABEL)
    yield robot_message(bench, LABEL)
    yield target_log(bench, "plain", course.aimed, course.start)


def _delay(course: Course, first: int) -> Fact:
    seconds = round((first - course.start - MINUTE_MS) / 1000)
    return Fact("evaluation_delay_s", str(max(0, seconds)), f"the alarm came {seconds} s after the end of its minute")


def _missing(course: Course, first: int) -> Iterator[Fact]:
    later = [one for one in course.told["plain"] if int(one["AlertTime"]) > first]
    if not later:
        seen = f"INSUFFICIENT_DATA did not act within {LONGEST} minutes without data"
        yield Fact("no_data_policy", "ignored", seen)
        yield Fact("empty_windows", None, seen)
        return
    windows = round((int(later[0]["AlertTime"]) - first) / MINUTE_MS)
    seen = f"{later[0]['LevelChange']} came {windows} minutes after the alarm, without data in between"
    yield Fact("no_data_policy", "acts", seen)
    yield Fact("empty_windows", str(windows), seen)


def _gap(course: Course) -> Fact:
    fired = course.first("gap") is not None
    seen = f"bad, nothing, bad with Times 2 {'fired' if fired else 'did not fire'}"
    return Fact("gap_in_streak", "passes" if fired else "breaks", seen)


def _late(course: Course) -> Fact:
    if not course.late_sent:
        return Fact("late_points", None, "the late point was refused")
    fired = course.first("late") is not None
    seen = f"four bad minutes and one that came late with Times 5 {'fired' if fired else 'did not fire'}"
    return Fact("late_points", "counted" if fired else "ignored", seen)


def _silence(course: Course) -> Fact:
    fired = [one for one in course.told["again"] if _fired(one)]
    if len(fired) < 2:
        return Fact("silence_after_recovery", None, f"bad, good, bad gave {len(fired)} entries in the history")
    told = str(fired[1]["SendStatus"]) == "0"
    seen = f"bad, good, bad within the silence: the second alarm has SendStatus {fired[1]['SendStatus']}"
    return Fact("silence_after_recovery", "ends" if told else "lasts", seen)
