"""A virtual pretend cloud with one rule on one series, and what tests of alarms say about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowvigil.emulator.evaluation.clock import VirtualClock
from tests.emulator.conftest import NOW, Cloud

ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=token-of-the-team"
LEVEL = {"Statistics": "LastValue", "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": "3"}
NAMESPACE = "acs_customMetric_1000000000000001"


@dataclass
class Scene:
    """Reports a value a minute as the reporter does: when the window is over, with the window's start."""

    cloud: Cloud

    def reports(self, *values: float | None, statistic: str = "LastValue", flow: str = "a") -> None:
        for value in values:
            self.advance(60)
            if value is not None:
                start = self.cloud.world.now() - 60_000
                entry = {"GroupId": "0", "MetricName": "m", "Type": "1", "Period": "60"}
                entry["Dimensions"] = json.dumps({"flow": flow})
                point = {**entry, "Time": start, "Values": json.dumps({statistic: value})}
                assert self.cloud.rpc("PutCustomMetric", MetricList=[point]).code == "200"
        self.advance(60)

    def advance(self, seconds: float) -> Any:
        return self.cloud.door("clock", {"advance": seconds})

    def outbox(self, channel: str = "dingtalk") -> list[dict[str, Any]]:
        return list(self.cloud.door(f"outbox?channel={channel}"))

    def levels(self, channel: str = "dingtalk") -> list[str]:
        return [entry["after"] for entry in self.outbox(channel)]

    def state(self) -> str:
        (rule,) = self.cloud.rpc("DescribeMetricRuleList").body["Alarms"]["Alarm"]
        return str(rule["AlertState"])


def scene(start_cloud: Callable[..., Cloud], **rule: Any) -> Scene:
    """A contact with every channel in the group `g`, and a rule of three levels that any of `rule` changes."""
    cloud = start_cloud(now=VirtualClock(NOW - NOW % 60_000))
    channels = {"DingWebHook": ROBOT, "Mail": "a@example.com", "SMS": "13800000000"}
    cloud.rpc("PutContact", ContactName="alice", Describe="d", Lang="en", Channels=channels)
    cloud.rpc("PutContactGroup", ContactGroupName="g", ContactNames=["alice"])
    levels = {"Critical": {**LEVEL, "Threshold": "6", "Times": "1"}, "Warn": {**LEVEL, "Times": "1"}}
    assert cloud.put_rule(**{"Escalations": levels, "SilenceTime": "600", **rule}).status == 200
    return Scene(cloud)
