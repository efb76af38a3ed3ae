"""From rules that the real engine made to messages: the alarms of the poem generator, on a virtual clock."""

import json

import pytest

from flowvigil import emulator
from flowvigil.reporter.contract import settings_from_json
from flowvigil.simulation import Drive
from flowvigil.simulation.cloud import PretendCloud
from flowvigil.simulation.shapes import Run, Shape
from tests.proofs.conftest import WEBHOOK

pytestmark = pytest.mark.engine


class Flow:
    """Reports windows of a minute under the series that a provisioned rule names."""

    def __init__(self, site, metric):
        self.site = site
        (self.rule,) = {one["MetricName"]: one for one in site.door("rules") if one["MetricName"].endswith(metric)}
        rules = [one for one in site.door("rules") if one["MetricName"] == self.rule]
        (self.series,) = {one["Resources"] for one in rules}
        self.seen = len(self.messages())

    def reports(self, *values):
        (series,) = json.loads(self.series)
        pairs = dict(pair.split("=") for pair in series.get("dimension", "flow=poem-generator").split("&"))
        point = {"GroupId": series["groupId"], "MetricName": self.rule, "Dimensions": json.dumps(pairs)}
        for value in values:
            told = {"Type": "1", "Period": "60", "Values": json.dumps({"Maximum": value})}
            assert self.site.rpc("PutCustomMetric", MetricList=[{**point, **told}])["Code"] == "200"
            self.site.door("clock", {"advance": 60}, "POST")
        self.site.door("clock", {"advance": 60}, "POST")

    def messages(self):
        told = self.site.door("outbox?channel=dingtalk")
        return [one for one in told if one["status"] == "sent" and one.get("service") != "sls"]

    def told(self):
        return [(one["before"], one["after"]) for one in self.messages()[self.seen :]]


@pytest.fixture(scope="module")
def virtual_site(make_site):
    site = make_site()
    poem = (site.root / "monitors/poem-generator.yaml").read_text()
    site.write("monitors/poem-generator.yaml", poem.rstrip() + "\n  no_runs: {warning: 3m}\n")
    code, printed = site.up()
    assert code == 0, printed
    state = site.root / ".flowvigil" / "emulator"
    emulator.stop(state)
    emulator.start(int(site.address.split(":")[1]), state, clock="virtual")
    return site


def test_three_slow_runs_in_a_row_are_one_message_and_one_recovery(virtual_site):
    flow = Flow(virtual_site, "slow_streak")
    flow.reports(0, 1, 2, 3, 3, 4, 0)
    assert flow.told() == [("OK", "Warn"), ("Warn", "OK")]


def test_a_slow_p95_goes_up_a_level_and_quietly_down_again(virtual_site):
    flow = Flow(virtual_site, "response_time_p95")
    flow.reports(1000, 6000, 6000, 6000, 9000, 9000, 9000, 6000, 1000)
    assert flow.told() == [("OK", "Warn"), ("Warn", "Critical"), ("Warn", "OK")]


def test_a_failure_rate_above_its_limit_pages(virtual_site):
    flow = Flow(virtual_site, "failure_rate")
    flow.reports(5, 5, 5, 6, 6, 6, 0)
    assert flow.told() == [("OK", "Critical"), ("Critical", "OK")]


def test_a_flow_that_always_fails_pages_within_four_minutes(virtual_site):
    flow = Flow(virtual_site, "failure_streak")
    begin = virtual_site.door("clock")["now"]
    flow.reports(1, 2, 3)
    (message,) = flow.messages()[flow.seen :]
    assert message["after"] == "Critical"
    assert message["time"] - begin <= 240_000
    assert WEBHOOK not in json.dumps(message)


def runs_until_the_reporter_dies(now):
    """A quick run a minute, no run from the third minute on, no reporter from the eighth to the twentieth."""
    if 7 <= now.minute < 20:
        return None
    return [Run(30, 100.0)] if now.minute < 3 or now.minute >= 20 else []


def test_a_flow_without_runs_and_then_without_reporter_is_told_once_each_and_when_it_is_back(virtual_site):
    code, printed = virtual_site.flowvigil("export", "reporter", "-s", virtual_site.stack)
    assert code == 0, printed
    settings = settings_from_json(json.loads(printed))
    cloud = PretendCloud(virtual_site.address)
    Drive(cloud, settings, {"poem-generator": Shape("", lambda _now: [Run(30, 100.0)])}).run(
        3
    )  # ends what fired before
    report = Drive(cloud, settings, {"poem-generator": Shape("", runs_until_the_reporter_dies)}).run(24)
    told = [(one["ruleName"].removesuffix(" [acme-test]"), one["after"]) for one in report.messages]
    assert told == [
        ("poem-generator no_runs", "Warn"),
        ("no_reports", "Medium"),
        ("no_reports", "OK"),
        ("poem-generator no_runs", "OK"),
    ]
