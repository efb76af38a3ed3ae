"""Killed in the middle of a storm: what is left is whole, and nothing is told twice or lost."""

import contextlib
import http.client
import json
import os
import signal
import threading
import time

import pytest

from flowvigil.emulator import health, start, stop
from tests.emulator.alarming import ROBOT
from tests.emulator.conftest import RULE, Cloud
from tests.emulator.lines import PROJECT, group, make_store, put, runs
from tests.emulator.test_alert_messages import ALERT, TEMPLATE

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds

FLOWS = 20
PART = {"Statistics": "LastValue", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5", "Times": "1"}


@pytest.fixture
def clouds(tmp_path):
    """Starts a virtual cloud on the state of this test, again and again."""
    yield lambda: Cloud(start(0, tmp_path, clock="virtual"), None)
    stop(tmp_path)


def prepared(cloud):
    cloud.rpc("PutContact", ContactName="alice", Describe="d", Channels={"Mail": "a@example.com", "DingWebHook": ROBOT})
    cloud.rpc("PutContactGroup", ContactGroupName="g", ContactNames=["alice"])
    for number in range(FLOWS):
        series = f'[{{"groupId": "0", "dimension": "flow={number}"}}]'
        fields = {**RULE, "RuleId": f"r{number}", "Resources": series, "Escalations": {"Warn": PART}}
        cloud.rpc("PutResourceMetricRule", **fields)


def storm(cloud):
    """Every flow is bad in one minute and good in the next, for as long as the cloud answers."""
    entry = {"GroupId": "0", "MetricName": "m", "Type": "1", "Period": "60"}
    for minute in range(10_000):
        value = f'{{"LastValue": {9 if minute % 2 == 0 else 0}}}'
        entries = [{**entry, "Values": value, "Dimensions": f'{{"flow": "{n}"}}'} for n in range(FLOWS)]
        try:
            cloud.rpc("PutCustomMetric", MetricList=entries)
            cloud.door("clock", {"advance": 60})
        except (OSError, http.client.HTTPException):
            return


def prepared_alert(cloud):
    """One alert of Log Service over the runs of all flows, which tells each change by SMS."""
    make_store(cloud)
    user = {"email": [], "phone": "13800000000", "enabled": True}
    script = 'fire(type="sms", users=["ann"], template_id="t")'
    for table, name, value in (
        ("sls.common.user", "ann", user),
        ("sls.alert.content_template", "t", {"templates": {"sms": TEMPLATE}}),
        ("sls.alert.action_policy", "p", {"primary_policy_script": script}),
    ):
        body = {"id": name, "tag": name, "value": json.dumps(value)}
        assert cloud.sls("POST", "", f"/resources/{table}/records", body).status == 200
    assert cloud.sls("POST", PROJECT, "/jobs", ALERT).status == 200


def storm_of_runs(cloud):
    """Every flow has one run a minute, slow in one and quick in the next."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        for minute in range(10_000):
            at = cloud.door("clock")["now"] // 1000
            slow = 9000 if minute % 2 == 0 else 100
            put(cloud, group(*runs(*({"flow": f"f{n}", "duration_ms": slow} for n in range(FLOWS)), at=at + 30)))
            cloud.door("clock", {"advance": 60})


def killed_in_mid_storm(clouds, prepare, rage, channel):
    """A cloud that was killed after a hundred messages, on the same state again."""
    cloud = clouds()
    prepare(cloud)
    raging = threading.Thread(target=rage, args=(cloud,), daemon=True)
    raging.start()
    while not cloud.door(f"outbox?after=100&channel={channel}"):
        time.sleep(0.02)
    os.kill(health(cloud.address)["pid"], signal.SIGKILL)
    raging.join(60)
    again = clouds()
    again.door("clock", {"advance": 300})
    return again


def test_a_kill_in_mid_storm_leaves_alerts_of_log_service_and_messages_that_agree(clouds):
    again = killed_in_mid_storm(clouds, prepared_alert, storm_of_runs, "sms")
    told = [(one["time"], one["dimension"], one["after"]) for one in again.door("alerts") if one["told"]]
    sent = [(one["time"], one["dimension"], one["after"]) for one in again.door("outbox?channel=sms")]
    assert told == sent
    assert len(set(sent)) == len(sent) >= 3 * FLOWS
    for number in range(FLOWS):
        states = [after for _, dimension, after in sent if dimension == f"flow=f{number}"]
        assert states == (["Critical", "OK"] * len(states))[: len(states)]


def test_a_kill_in_mid_storm_leaves_alarms_and_messages_that_agree(clouds):
    again = killed_in_mid_storm(clouds, prepared, storm, "mail")
    told = [(one["time"], one["ruleId"], one["after"]) for one in again.door("alerts") if one["told"]]
    sent = [(one["time"], one["ruleId"], one["after"]) for one in again.door("outbox?channel=mail")]
    assert told == sent
    assert len(set(sent)) == len(sent) >= 3 * FLOWS
    for number in range(FLOWS):
        states = [after for _, rule, after in sent if rule == f"r{number}"]
        assert states == (["Warn", "OK"] * len(states))[: len(states)]
