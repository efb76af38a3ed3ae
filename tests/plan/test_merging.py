"""How a plan says which alerts of Log Service become one message: alert policies, parts, shards."""

from __future__ import annotations

import json
from collections import Counter

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.merging import part
from flowvigil.provisioner.plan import plan

from .builders import P95, STACK, monitor, monitors
from .test_log_alerts import REPORTS, alerts, many


def alert_policies(*found):
    made = plan(monitors(*found), STACK).objects
    policies = [one for one in made if isinstance(one, o.LogRecord) and one.table == "sls.alert.alert_policy"]
    return {one.record_id: json.loads(one.value) for one in policies}


def test_alerts_of_flows_are_merged_by_project_severity_and_one_of_eight_parts():
    (alert,) = alerts(many(P95))
    policy = alert_policies(many(P95))[alert.alert_policy]
    assert policy["group_script"] == (
        'fire(action_policy="sls.builtin.dynamic", '
        'group={"alert.project": alert.project, "alert.severity": alert.severity}, '
        'group_by_all_labels=true, group_wait="15s", group_interval="1m", repeat_interval="1h")'
    )
    assert alert.group_by == ()
    assert dict(alert.labels) == {"service": "acme-prod", "part": part("poem")}


def test_flows_are_spread_evenly_over_the_parts():
    found = Counter(part(f"flow-{number:03d}") for number in range(800))
    assert sorted(found) == list("01234567")
    assert max(found.values()) <= 130


def test_silent_flows_of_one_alert_are_merged_by_severity():
    (alert,) = alerts(monitor("a", REPORTS))
    assert alert_policies(monitor("a", REPORTS))[alert.alert_policy]["group_script"] == (
        'fire(action_policy="sls.builtin.dynamic", '
        'group={"alert.project": alert.project, "alert.alert_id": alert.alert_id, "alert.severity": alert.severity}, '
        'group_by_all_labels=false, group_wait="15s", group_interval="1m", repeat_interval="1h")'
    )
    assert alert.group_by == ("flow",)


def test_alert_policies_hold_every_field_that_the_service_asks_for():
    fields = {name: type(value) for one in alert_policies(many(P95)).values() for name, value in one.items()}
    assert fields == {
        "policy_id": str, "policy_name": str, "parent_id": str, "is_default": bool, "group_script": str,
        "inhibit_script": str, "silence_script": str,
    }  # fmt: skip


def test_flows_with_long_names_share_an_alert_only_while_one_message_can_name_them():
    found = alerts(*(monitor(f"{'x' * 61}{number:03d}", REPORTS) for number in range(130)))
    assert [one.queries[0].query.count("('xxx") for one in found] == [62, 62, 6]
