"""One alert as alert management keeps it until it is told: what templates may say of it, and what the outbox records.

Plain data, so that what waits for others outlives the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowvigil.emulator.alerting.facts import facts
from flowvigil.emulator.alerting.states import OK, Change


@dataclass(frozen=True)
class Notice:
    """`facts` are the variables of content templates, `entry` names the alert in the outbox."""

    facts: dict[str, Any]
    entry: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """What makes two alerts the same one: account, project, rule, labels (page on deduplication)."""
        return str(self.facts["fingerprint"])

    @property
    def resolved(self) -> bool:
        return bool(self.entry["after"] == OK)


def notice(change: Change) -> Notice:
    """What a change of an alert has to say."""
    return Notice(
        facts(change),
        {
            "account": change.alert.account,
            "service": "sls",
            "project": change.alert.project,
            "ruleId": change.alert.name,
            "ruleName": change.alert.title,
            "dimension": dimension(change),
            "before": change.before,
            "after": change.after,
        },
    )


def dimension(change: Change) -> str:
    """Which group of the alert it is; one without groups is known by the flow that its row names."""
    row = change.rows[0] if change.rows else {}
    named = change.labels or tuple((name, str(row[name])) for name in ("flow",) if row.get(name))
    return "&".join(f"{name}={value}" for name, value in named)
