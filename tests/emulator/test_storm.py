"""Killed in the middle of a storm: what is left is whole, and nothing is told twice or lost."""

import http.client
import os
import signal
import threading
import time

import pytest

from flowvigil.emulator import health, start, stop
from tests.emulator.alarming import ROBOT
from tests.emulator.conftest import RULE, Cloud

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


def test_a_kill_in_mid_storm_leaves_alarms_and_messages_that_agree(clouds):
    cloud = clouds()
    prepared(cloud)
    raging = threading.Thread(target=storm, args=(cloud,), daemon=True)
    raging.start()
    while not cloud.door("outbox?after=100&channel=mail"):
        time.sleep(0.02)
    os.kill(health(cloud.address)["pid"], signal.SIGKILL)
    raging.join(10)
    again = clouds()
    again.door("clock", {"advance": 300})
    told = [(one["time"], one["ruleId"], one["after"]) for one in again.door("alerts") if one["told"]]
    sent = [(one["time"], one["ruleId"], one["after"]) for one in again.door("outbox?channel=mail")]
    assert told == sent
    assert len(set(sent)) == len(sent) >= 3 * FLOWS
    for number in range(FLOWS):
        states = [after for _, rule, after in sent if rule == f"r{number}"]
        assert states == (["Warn", "OK"] * len(states))[: len(states)]
