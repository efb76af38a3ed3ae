"""The relay under the policy that `export policies` prints for it: on a cloud that denies everything else."""

from __future__ import annotations

import json

import pytest

from flowvigil.provisioner.ram import documents

from ..plan.builders import STACK
from .conftest import texts, until
from .test_journey import SLOW, poem

__all__ = ["poem"]
pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds
ACCOUNT = "1000000000000001"
ACTIONS = [action for one in json.loads(documents(STACK)["relay"])["Statement"] for action in one["Action"]]


def fired(poem, allowed):
    """What was told and asked once three slow runs are known and only `allowed` is permitted."""
    one = poem()
    one.minute(SLOW, SLOW, SLOW)
    one.cloud.door("permissions", {"account": ACCOUNT, "allow": allowed})
    begun = one.cloud.door("journal")[-1]["seq"]
    for _ in range(2):
        one.cloud.door("clock", {"advance": 60})
    (text,) = until(lambda: texts(one.cloud))
    until(lambda: any(entry["action"] == "PutCustomMetric" for entry in one.cloud.door(f"journal?after={begun}")))
    return text, {entry["outcome"] for entry in one.cloud.door(f"journal?after={begun}")}


def test_the_policy_is_enough_to_find_the_runs_and_to_report_that_it_lives(poem):
    text, outcomes = fired(poem, ACTIONS)
    assert "最慢的执行" in text
    assert "日志服务未应答" not in text
    assert "NoPermission" not in outcomes


@pytest.mark.parametrize("missing", ACTIONS)
def test_nothing_of_the_policy_can_be_left_out(poem, missing):
    _, outcomes = fired(poem, [action for action in ACTIONS if action != missing])
    assert "NoPermission" in outcomes
