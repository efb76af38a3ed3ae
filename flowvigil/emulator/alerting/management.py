"""What becomes of a change of an alert: told at once under the built-in policy, merged with others under any other."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flowvigil.emulator.alerting.delivery import RECORD, AlertDelivery
from flowvigil.emulator.alerting.merging import MergeSets
from flowvigil.emulator.alerting.notices import Notice, notice
from flowvigil.emulator.alerting.policies import MergeSet, merge_set
from flowvigil.emulator.alerting.routing import RoutingError
from flowvigil.emulator.alerting.rules import DYNAMIC, Alert
from flowvigil.emulator.alerting.states import OK, Change
from flowvigil.emulator.state import State

BY_ITSELF = "alert rule and all labels"
"""What the built-in policy merges by."""


class AlertManagement:
    """Called with every change; the answer is whether people are told of it, and why nobody can be."""

    def __init__(self, state: State, delivery: AlertDelivery) -> None:
        self.state, self.delivery = state, delivery
        self.sets = MergeSets(state, self._tell)

    def _tell(self, where: MergeSet, said: Sequence[Notice], now: int) -> str:
        return self.delivery.tell(where.account, where.action_policy, said, now, where.by)

    def __call__(self, change: Change) -> tuple[bool, str]:
        alert = change.alert
        if alert.alert_policy == DYNAMIC:
            if not change.told:
                return False, ""
            return True, self.delivery.tell(
                alert.account, alert.action_policy, [notice(change)], change.time, BY_ITSELF
            )
        said = notice(change)
        if _silent(change):
            self.sets.drop(fingerprint=said.fingerprint)
            return False, ""
        return self._merged(change, said)

    def _merged(self, change: Change, said: Notice) -> tuple[bool, str]:
        try:
            where = merge_set(change.alert, self._script(change.alert), said.facts)
        except RoutingError as error:
            return True, str(error)
        new = not self.sets.holds(where, said)
        self.sets.take(where, said, change.time)
        return new, self.delivery.obstacle(where.account, where.action_policy, said)

    def _script(self, alert: Alert) -> str:
        found = self.state.get(RECORD, alert.account, f"sls.alert.alert_policy/{alert.alert_policy}")
        if found is None:
            raise RoutingError(f"there is no alert policy {alert.alert_policy!r}")
        return str(json.loads(found["value"]).get("group_script") or "")


def _silent(change: Change) -> bool:
    """Muted alerts and ends that nobody is told of never come to alert management."""
    return not change.told if change.after == OK else change.time < change.alert.muted_until * 1000
