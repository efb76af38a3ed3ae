"""What of the alerts outlives the process: groups that are not at rest, the time reached, changes in the history."""

from __future__ import annotations

import json
from dataclasses import asdict

from flowvigil.emulator.alerting.groups import Labels
from flowvigil.emulator.alerting.notices import dimension
from flowvigil.emulator.alerting.states import OK, Change, GroupState
from flowvigil.emulator.state import State

SCHEMA = """
CREATE TABLE IF NOT EXISTS alert_groups (account TEXT, project TEXT, alert TEXT, labels TEXT, body TEXT,
  PRIMARY KEY (account, project, alert, labels));
"""
Key = tuple[str, str, str]
"""Account, project and name of an alert."""


class AlertMemory:
    """Its table stands beside the objects, so that a kill leaves a whole run or none."""

    def __init__(self, state: State) -> None:
        self.state = state
        state.db.executescript(SCHEMA)

    def groups(self) -> dict[Key, dict[Labels, GroupState]]:
        """Every group that is not at rest."""
        found: dict[Key, dict[Labels, GroupState]] = {}
        for *key, labels, body in self.state.db.execute("SELECT * FROM alert_groups"):
            named = tuple((name, value) for name, value in json.loads(labels))
            found.setdefault((key[0], key[1], key[2]), {})[named] = GroupState(**json.loads(body))
        return found

    def keep(self, key: Key, labels: Labels, group: GroupState) -> None:
        row = (*key, json.dumps(labels), json.dumps(asdict(group)))
        self.state.db.execute("INSERT OR REPLACE INTO alert_groups VALUES (?,?,?,?,?)", row)

    def drop(self, key: Key, labels: Labels | None = None) -> None:
        """Forget one group, or all of an alert."""
        where, values = "", key
        if labels is not None:
            where, values = " AND labels=?", (*key, json.dumps(labels))  # type: ignore[assignment]
        self.state.db.execute(f"DELETE FROM alert_groups WHERE account=? AND project=? AND alert=?{where}", values)  # noqa: S608

    def log(self, change: Change, why: str = "") -> None:
        """Append a change to the history of alarms; `why` says why nobody could be told."""
        alert = change.alert
        body = {
            "time": change.time,
            "account": alert.account,
            "service": "sls",
            "project": alert.project,
            "ruleId": alert.name,
            "ruleName": alert.title,
            "dimension": dimension(change),
            "before": change.before,
            "after": change.after,
            "severity": change.severity,
            "told": change.told,
            "value": change.rows[0].get("value") if change.rows and change.after != OK else None,
            "since": change.since,
            **({"why": why} if why else {}),
        }
        row = (alert.account, alert.name, change.time, json.dumps(body))
        self.state.db.execute("INSERT INTO alarm_log (account, rule, time, body) VALUES (?,?,?,?)", row)

    def clear(self) -> None:
        self.state.db.execute("DELETE FROM alert_groups")
