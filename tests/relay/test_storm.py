"""A total outage: few messages, every flow named in one, also when the relay is killed in the middle."""

from __future__ import annotations

import re
import threading
from collections import Counter

import pytest

from .conftest import P95, flow, form, outbox, settings, texts, until

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds

FLOWS = [f"flow-{number:03d}" for number in range(200)]


def storm_settings():
    return settings(*[flow(name, P95, title=f"流程{name}") for name in FLOWS])


def outage(at: int, name: str) -> bytes:
    return form(
        ruleId=f"{name}-p95",
        alertName=f"流程{name} p95 {name} [svc]",
        curValue="9000",
        timestamp=str(at),
        dimensions=f"{{flow={name}}}",
    )


def named(cloud) -> set[str]:
    return set(re.findall(r"flow-\d{3}", "\n".join(texts(cloud))))


def posted(relay, cloud, names, at):
    """Callbacks as the service sends them: several at a time."""
    threads = [
        threading.Thread(target=lambda some: [relay.post(outage(at, one)) for one in some], args=(names[start::8],))
        for start in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def busiest_minute(cloud) -> int:
    times = sorted(one["time"] for one in outbox(cloud))
    return max(sum(start <= time < start + 60_000 for time in times) for start in times)


def test_an_outage_of_200_flows_names_each_in_at_most_20_messages_a_minute(virtual_cloud, start):
    cloud = virtual_cloud()
    relay = start(cloud, storm_settings())
    posted(relay, cloud, FLOWS, cloud.world.now())

    def all_named():
        cloud.door("clock", {"advance": 5})
        return named(cloud) == set(FLOWS)

    until(all_named)
    assert busiest_minute(cloud) <= 20
    assert outbox(cloud, "refused") == []
    assert all("9s (> 8s)" in text or "9s, 阈值 > 8s" in text for text in texts(cloud))


def test_a_relay_killed_in_mid_storm_loses_nothing_and_marks_what_may_be_a_repeat(virtual_cloud, start):
    cloud = virtual_cloud()
    relay = start(cloud, storm_settings())
    thread = threading.Thread(target=posted, args=(relay, cloud, FLOWS[:120], cloud.world.now()))
    thread.start()
    until(lambda: outbox(cloud))
    relay.kill()
    thread.join()
    again = start(cloud, storm_settings())
    posted(again, cloud, FLOWS, cloud.world.now())

    def all_named():
        cloud.door("clock", {"advance": 10})
        return named(cloud) == set(FLOWS) and again.get("/healthz")["waiting"] == 0

    until(all_named)
    lines = [line for text in texts(cloud) if "可能重复" not in text for line in text.splitlines()]
    once = Counter(name for line in lines for name in set(re.findall(r"flow-\d{3}", line)) if "9s" in line)
    assert [name for name, times in once.items() if times > 1] == []
    assert busiest_minute(cloud) <= 20
