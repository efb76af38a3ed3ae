"""How fast the pretend cloud judges: 1,000 alarms each minute for 30 virtual days, with the evaluator of the journeys.

One series and one rule of three levels per alarm; one alarm in ten has a bad hour a day, one series in fifty stays bad
for days. Loading is measured apart. A sample of the rules is judged again minute by minute and must change alike.
Run: python benchmarks/emulator_evaluation.py [alarms] [days]
"""

from __future__ import annotations

import json
import random
import sys
import time
from array import array

from flowvigil.emulator.cms.rule_models import DIRECT, put
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.evaluation.columns import Series
from flowvigil.emulator.evaluation.machine import Change, Machine
from flowvigil.emulator.evaluation.memory import history
from flowvigil.emulator.tenant import Tenant
from flowvigil.emulator.world import World, world

ACCOUNT, START, DAY = "1000000000000001", 1_799_971_200_000, 1440
LIMIT_S, SAMPLE = 60.0, 20


def series(number: int) -> Series:
    return Series(ACCOUNT, "response_time", 60, "0", f"flow=f{number}")


def rule(number: int) -> dict[str, object]:
    part = {"Statistics": "P95", "ComparisonOperator": "GreaterThanThreshold", "Times": "3"}
    levels = {level: {**part, "Threshold": limit} for level, limit in (("Critical", 8), ("Warn", 5), ("Info", 4.5))}
    return {
        "RuleName": f"slow {number}",
        "Namespace": f"acs_customMetric_{ACCOUNT}",
        "MetricName": "response_time",
        "ContactGroups": "team",
        "Resources": json.dumps([{"groupId": "0", "dimension": f"flow=f{number}"}]),
        "Escalations": levels,
    }


def values(number: int, day: int) -> array[float]:
    """A day of P95 in seconds: noise around 2, an hour around 7 for some, days around 9 for a few."""
    dice = random.Random(number * 1000 + day)  # noqa: S311 - no secret
    found = array("d", [2 + dice.random()]) * DAY
    for minute in range(0, DAY, 7):
        found[minute] = 1 + 3 * dice.random()
    if number % 50 == 0 and day % 10 in (3, 4):
        return array("d", [9 + dice.random()]) * DAY
    if (number + day) % 10 == 0:
        begin = dice.randrange(DAY - 60)
        for minute in range(begin, begin + 60):
            found[minute] = 4 + 6 * dice.random()
    return found


def opened(alarms: int) -> World:
    cloud = world(now=VirtualClock(START))
    tenant = Tenant(ACCOUNT, cloud.state, cloud.switches, cloud.now, cloud.lines)
    tenant.put("contact_group", "team", {"Contacts": ["alice"]})
    channels = {"DingWebHook": "https://oapi.dingtalk.com/robot/send?access_token=t"}
    contact = {"Name": "alice", "Lang": "en", "Channels": channels, "ChannelsState": {"DingWebHook": "OK"}}
    tenant.put("contact", "alice", contact)
    with cloud.state.transaction():
        for number in range(alarms):
            put(tenant, f"r{number}", rule(number), DIRECT)
    return cloud


def single_steps(cloud: World, number: int, days: int) -> list[Change]:
    """What one rule finds when every window is checked by itself."""
    judged = cloud.alarms.rules[ACCOUNT, f"r{number}"][1]
    assert judged is not None
    machine = Machine([0] * len(judged.levels), (START // 1000 - cloud.alarms.given.delay) // 60)
    columns = type(cloud.alarms.columns)()
    found: list[Change] = []
    for day in range(days):
        columns.load(series(number), "P95", START // 60_000 + day * DAY, values(number, day))
        for _ in range(DAY):
            change = machine.check(judged, series(number), columns, cloud.alarms.given)
            found += [change] if change else []
    return found


def main(alarms: int, days: int) -> int:
    cloud = opened(alarms)
    loading = judging = 0.0
    for day in range(days):
        made = [values(number, day) for number in range(alarms)]
        began = time.process_time()
        for number, one in enumerate(made):
            cloud.alarms.columns.load(series(number), "P95", START // 60_000 + day * DAY, one)
        loading += time.process_time() - began
        began = time.process_time()
        cloud.advance(DAY * 60)
        judging += time.process_time() - began
    changes = history(cloud.state, limit=10_000_000)
    wrong = [
        number for number in range(0, alarms, max(alarms // SAMPLE, 1)) if not _alike(cloud, changes, number, days)
    ]
    evaluations = alarms * days * DAY
    print(
        f"emulator evaluation: {evaluations:,} evaluations in {judging:.1f} s of one core "
        f"({evaluations / judging / 1e6:.1f} million a second; limit {LIMIT_S:.0f} s), {len(changes):,} changes, "
        f"{len(cloud.outbox.after(0, limit=10_000_000)):,} messages, loading {loading:.1f} s, "
        f"{'DIFFERENT from' if wrong else 'equal to'} single steps on a sample of {SAMPLE} or more rules"
    )
    return 1 if wrong or judging > LIMIT_S else 0


def _alike(cloud: World, changes: list[dict[str, object]], number: int, days: int) -> bool:
    fast = [(one["time"], one["before"], one["after"], one["told"]) for one in changes if one["ruleId"] == f"r{number}"]
    end = cloud.now()
    slow = [(one.time, one.before, one.after, one.told) for one in single_steps(cloud, number, days) if one.time <= end]
    return fast == slow


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*(sizes + [1000, 30][len(sizes) :])))
