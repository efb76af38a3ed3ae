"""What a callback changes, and who must be told of it: the state of each condition against what each robot was told.

A condition may have several rules and each rule several levels; only the condition's highest severity counts.
All times are the service's own, so this machine's clock has no say. Knows no message.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from sqlite3 import Connection

from .callback import NO_DATA, OK, Callback
from .finding import Finder, Found
from .settings import URGENCY, Condition, Hook
from .store import Store

FIRED, UP, DOWN, REPEATED, RECOVERED, MISSING = "fired", "up", "down", "repeated", "recovered", "no_data"
FORGET_MS = 600_000
"""A rule that has not spoken for twice its repeat and this much is no longer firing: rules that are replaced or
removed while they fire never say OK."""

UNKNOWN_REPEAT_MS, AHEAD_MS = 1_800_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Notice:
    """What one robot must be told. `before` is what it was told last; times in ms.

    `flow` is empty for a rule that the settings do not know; `alarm` is then the rule's name.
    """

    kind: str
    flow: str
    alarm: str
    severity: str
    before: str
    value: float | None
    since: int
    at: int


@dataclass(frozen=True, slots=True)
class Condemned:
    """A condition that became more urgent: what hooks are called for."""

    found: Found
    notice: Notice


def rank(severity: str) -> int:
    """0 for critical; larger is less urgent, OK last."""
    return URGENCY.index(severity) if severity in URGENCY else len(URGENCY)


def judge(store: Store, finder: Finder, events: Sequence[tuple[int, Callback]], now: int) -> list[Condemned]:
    """Judge callbacks in the order of their times; notices are queued, what calls for hooks is returned.

    Callbacks of one moment are judged together: two rules of one condition then tell a robot once.
    """
    worse: list[Condemned] = []
    with store.transaction() as db:
        for _, some in groupby(events, key=lambda event: event[1].at_ms):
            touched: dict[tuple[str, str], tuple[Found, Callback]] = {}
            for _, said in some:
                found = finder(said)
                if found is None:
                    _unknown(store, db, finder, said, now)
                elif _newer(store, db, found, said, now):
                    place = found.flow.flow, found.condition.alarm
                    if place not in touched or rank(said.state) < rank(touched[place][1].state):
                        touched[place] = (found, said)
            worse += [one for pair in touched.values() for one in _told(store, db, *pair, now)]
        store.judged([number for number, _ in events])
    return worse


def _newer(store: Store, db: Connection, found: Found, said: Callback, now: int) -> bool:
    """Note the rule's state; False for what is older than what the rule said last: late, or replayed.

    A time that lies more than a day ahead makes nothing old: one broken callback would silence its rule for ever.
    """
    key = f"{found.flow.flow}\n{found.rule.series}\n{found.rule.name}"
    row = db.execute("SELECT state, at FROM rules WHERE rule=?", (key,)).fetchone()
    if row and said.at_ms <= row[1] < now + AHEAD_MS:
        store.count("late_callbacks")
        return False
    state = row[0] if said.state == NO_DATA and row else OK if said.state == NO_DATA else said.state
    db.execute(
        "INSERT INTO rules VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET state=excluded.state, at=excluded.at",
        (key, found.flow.flow, found.condition.alarm, state, said.at_ms),
    )
    return True


def _told(store: Store, db: Connection, found: Found, said: Callback, now: int) -> list[Condemned]:
    flow, condition = found.flow.flow, found.condition
    alive = said.at_ms - 2000 * max(level.repeat_s for level in condition.levels) - FORGET_MS
    severity = _severity(db, flow, condition, alive)
    before, since = _condition(db, flow, condition.alarm, alive)
    since = said.at_ms if before == OK else min(since, said.at_ms)
    db.execute(
        "INSERT OR REPLACE INTO conditions VALUES (?,?,?,?,?)", (flow, condition.alarm, severity, since, said.at_ms)
    )
    last = dict(
        db.execute(
            "SELECT robot, severity FROM told WHERE flow=? AND alarm=? AND at>=?", (flow, condition.alarm, alive)
        ).fetchall()
    )
    listeners = {robot: None for level in condition.levels for robot in level.robots}
    for robot in {**listeners, **dict.fromkeys(last)}:
        told = last.get(robot, OK)
        kind = _kind(db, found, said, robot, told, severity)
        if kind:
            notice = Notice(kind, flow, condition.alarm, severity, told, said.value, since, said.at_ms)
            queue(db, robot, notice, now)
            _remember(db, robot, notice)
        elif said.state not in (OK, NO_DATA):
            store.count("merged_callbacks")
    whole = Notice(
        FIRED if before == OK else UP, flow, condition.alarm, severity, before, said.value, since, said.at_ms
    )
    return [Condemned(found, whole)] if rank(severity) < rank(before) else []


def _kind(db: Connection, found: Found, said: Callback, robot: str, told: str, severity: str) -> str:
    """Which notice the robot is due, empty for none."""
    level = found.condition.level(severity)
    hears = level is not None and robot in level.robots
    if said.state == NO_DATA:
        return MISSING if hears or told != OK else ""
    if severity == OK:
        return RECOVERED if told != OK else ""
    if rank(severity) > rank(told):
        return DOWN
    if not hears:
        return ""
    if severity == told:
        row = db.execute(
            "SELECT at FROM told WHERE flow=? AND alarm=? AND robot=?", (found.flow.flow, found.condition.alarm, robot)
        ).fetchone()
        due = level is not None and said.at_ms - row[0] >= level.repeat_s * 900
        return REPEATED if due else ""
    return FIRED if told == OK else UP


def _remember(db: Connection, robot: str, notice: Notice) -> None:
    place = (notice.flow, notice.alarm, robot)
    if notice.kind == RECOVERED:
        db.execute("DELETE FROM told WHERE flow=? AND alarm=? AND robot=?", place)
    elif notice.kind != MISSING:
        db.execute("INSERT OR REPLACE INTO told VALUES (?,?,?,?,?)", (*place, notice.severity, notice.at))


def _severity(db: Connection, flow: str, condition: Condition, alive: int) -> str:
    """The highest severity that any of the condition's rules is in and that the condition still has."""
    query = "SELECT state FROM rules WHERE flow=? AND alarm=? AND at>=?"
    rows = db.execute(query, (flow, condition.alarm, alive)).fetchall()
    legal = {level.severity for level in condition.levels}
    return min([state for (state,) in rows if state in legal], key=rank, default=OK)


def _condition(db: Connection, flow: str, alarm: str, alive: int) -> tuple[str, int]:
    query = "SELECT severity, since FROM conditions WHERE flow=? AND alarm=? AND at>=?"
    return db.execute(query, (flow, alarm, alive)).fetchone() or (OK, 0)


def queue(db: Connection, robot: str, notice: Notice, now: int) -> None:
    """Put a notice in the robot's queue."""
    body = json.dumps(asdict(notice), ensure_ascii=False)
    db.execute("INSERT INTO notices (robot, body, queued) VALUES (?,?,?)", (robot, body, now))


def _unknown(store: Store, db: Connection, finder: Finder, said: Callback, now: int) -> None:
    """A rule that the settings do not know. One of this stack is newer than they are, and every robot hears of that."""
    store.count("unknown_rules")
    store.note("unknown rule", now, rule=said.rule_name[:200], id=said.rule_id[:200], state=said.state)
    if not said.rule_name.endswith(f"[{finder.service}]") or said.state in (OK, NO_DATA):
        return
    row = db.execute("SELECT at FROM conditions WHERE flow='' AND alarm=?", (said.rule_name,)).fetchone()
    if row and said.at_ms < row[0] + UNKNOWN_REPEAT_MS:
        return
    db.execute(
        "INSERT OR REPLACE INTO conditions VALUES ('',?,?,?,?)", (said.rule_name, said.state, said.at_ms, said.at_ms)
    )
    for robot in finder.robots:
        queue(db, robot, Notice(FIRED, "", said.rule_name, said.state, OK, said.value, said.at_ms, said.at_ms), now)


def called(condemned: Condemned, hook: Hook) -> bool:
    """Whether the hook is for this alarm at this severity."""
    notice = condemned.notice
    return rank(notice.severity) <= rank(hook.severity) and (not hook.alarms or notice.alarm in hook.alarms)
