"""What of the evaluation outlives the process: machines that are not idle, the time reached, the history of alarms."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.evaluation.columns import Series
from flowvigil.emulator.evaluation.machine import Change, Machine
from flowvigil.emulator.state import State

SCHEMA = """
CREATE TABLE IF NOT EXISTS machines (rule TEXT, series TEXT, account TEXT, body TEXT,
  PRIMARY KEY (account, rule, series));
CREATE TABLE IF NOT EXISTS alarm_log (seq INTEGER PRIMARY KEY, account TEXT, rule TEXT, time INTEGER, body TEXT);
CREATE TABLE IF NOT EXISTS reached (name TEXT PRIMARY KEY, value INTEGER);
"""
RuleKey = tuple[str, str]
"""Account and rule id."""


class Memory:
    """Its tables stand beside the objects, so that a kill leaves a whole evaluation or none."""

    def __init__(self, state: State) -> None:
        self.state = state
        state.db.executescript(SCHEMA)

    def reached(self, name: str) -> int:
        """A point in time or a row number that the evaluation came to, 0 at the start."""
        row = self.state.db.execute("SELECT value FROM reached WHERE name=?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def reach(self, name: str, value: int) -> None:
        self.state.db.execute("INSERT OR REPLACE INTO reached VALUES (?,?)", (name, value))

    def machines(self) -> dict[RuleKey, dict[Series, Machine]]:
        """Every machine that was not idle."""
        found: dict[RuleKey, dict[Series, Machine]] = {}
        for account, rule, series, body in self.state.db.execute("SELECT account, rule, series, body FROM machines"):
            found.setdefault((account, rule), {})[Series(*json.loads(series))] = Machine(**json.loads(body))
        return found

    def keep(self, key: tuple[str, str, Series], machine: Machine) -> None:
        """Store a machine, or forget it when it is idle."""
        where = (key[1], json.dumps(key[2]), key[0])
        if machine.idle:
            self.state.db.execute("DELETE FROM machines WHERE rule=? AND series=? AND account=?", where)
        else:
            row = (*where, json.dumps(machine.view()))
            self.state.db.execute("INSERT OR REPLACE INTO machines VALUES (?,?,?,?)", row)

    def log(self, change: Change, rule: dict[str, Any]) -> None:
        """Append one change to the history."""
        body = {
            "time": change.time,
            "account": change.series.account,
            "ruleId": change.rule_id,
            "ruleName": rule["RuleName"],
            "groupId": change.series.group,
            "metricName": change.series.metric,
            "dimension": change.series.dimension,
            "before": change.before,
            "after": change.after,
            "told": change.told,
            "value": change.value,
            "since": change.since,
        }
        row = (change.series.account, change.rule_id, change.time, json.dumps(body))
        self.state.db.execute("INSERT INTO alarm_log (account, rule, time, body) VALUES (?,?,?,?)", row)

    def clear(self) -> None:
        for table in ("machines", "alarm_log", "reached"):
            self.state.db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables


def history(state: State, after: int = 0, account: str = "", limit: int = 10_000) -> list[dict[str, Any]]:
    """Changes with a number above `after`, oldest first; `account` narrows to one."""
    rows = state.db.execute(
        "SELECT seq, body FROM alarm_log WHERE seq > ? AND ? IN ('', account) ORDER BY seq LIMIT ?",
        (after, account, limit),
    )
    return [{"seq": seq, **json.loads(body)} for seq, body in rows]
