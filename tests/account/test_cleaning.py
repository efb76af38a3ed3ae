"""Nothing of a probe stays, however it ends; what stayed all the same is found by name."""

from __future__ import annotations

import os
import signal

import pytest

from flowvigil.deploy.probe import Inquiry, chosen, clean, leftovers, probe
from flowvigil.deploy.probe.bench import NO_ROBOT, Failed
from flowvigil.deploy.probe.listening import Listener

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds

NOTHING = ([], [])


def question(body):
    return Inquiry("rules", ("it",), "is it so", 1, 0, 0, body)


def test_a_probe_leaves_nothing_behind(site):
    site.answers(*chosen(["rules", "contacts"]))
    assert site.left() == NOTHING


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_probe_that_is_interrupted_takes_its_objects_away_first(site, number):
    def interrupted(bench):
        bench.put_rule("one")
        os.kill(os.getpid(), number)
        yield

    with pytest.raises(KeyboardInterrupt):
        probe(site.bench(), [question(interrupted)], lambda _: None)
    assert site.left() == NOTHING


def test_a_second_ctrl_c_does_not_end_the_cleaning(site):
    said = []

    def interrupted(bench):
        bench.put_rule("one")
        raise KeyboardInterrupt
        yield

    bench = site.bench()
    usual = bench.cloud.contacts

    def again():
        os.kill(os.getpid(), signal.SIGINT)
        return usual()

    bench.cloud.contacts = again
    with pytest.raises(KeyboardInterrupt):
        probe(bench, [question(interrupted)], said.append)
    assert site.left() == NOTHING
    assert "taking away what the probe made; a moment" in said


def test_what_a_listing_does_not_show_yet_is_removed_all_the_same(site):
    def rule(bench):
        bench.put_rule("one")
        bench.cloud.rules = lambda _namespace: iter(())
        yield from ()

    probe(site.bench(), [question(rule)], lambda _: None)
    assert "rule" not in site.left()[0]


def test_what_a_killed_probe_left_is_found_and_removed_from_elsewhere(site):
    killed = site.bench()
    killed.group()
    killed.put_rule("one")
    bench = site.bench()
    found = leftovers(bench.cloud, bench.namespace)
    kinds = [one.kind for one in found]
    assert kinds == ["alarm rule", "application group", "contact group", "contact", "series"]
    assert clean(bench.cloud, found, print) == []
    assert site.left() == NOTHING


def test_objects_of_other_names_are_not_touched(site):
    bench = site.bench()
    bench.must("PutContact", ContactName="flowvigil-probing", Describe="mine", Channels={"Mail": "a@example.com"})
    assert leftovers(bench.cloud, bench.namespace) == []


def test_what_cannot_be_removed_is_told(site):
    bench = site.bench()

    def rule(bench):
        bench.put_rule("one")
        site.world.accounts.restrict(bench.account, "", ["cms:DeleteContact"], [])
        yield from ()

    report = probe(bench, [question(rule)], lambda _: None)
    assert [str(one) for one in report.stuck] == [f"contact {bench.prefix}"]


def test_a_denial_is_no_answer(site):
    bench = site.bench()
    site.world.accounts.restrict(bench.account, "", ["cms:PutResourceMetricRule"], [])

    def rule(bench):
        assert bench.put_rule("one")
        yield from ()

    report = probe(bench, [question(rule)], lambda _: None)
    assert len(report.failed) == 1
    assert [(fact.name, fact.answer) for fact in report.facts] == [("it", None)]
    with pytest.raises(Failed):
        bench.put_rule("two")


def test_the_next_question_is_asked_when_one_fails(site):
    def fails(_bench):
        raise Failed("no")
        yield

    report = probe(site.bench(), [question(fails), *chosen(["contacts"])], lambda _: None)
    assert [fact.answer for fact in report.facts] == [None, "off", "off", "keep"]


def test_a_service_that_takes_only_robots_of_dingtalk_is_asked_with_one(site):
    site.world.faults.plant({"kind": "fail", "action": "PutContact", "code": "InvalidParameterValue", "status": 400})
    with Listener() as listener:
        bench = site.bench(listener)
        bench.contact_group()
        (contact,) = bench.cloud.contacts()
    assert contact["Channels"] == {"DingWebHook": NO_ROBOT}


def test_what_is_written_may_take_a_while_to_be_seen(site):
    bench = site.bench()
    began, answers = bench.clock.now(), iter([None, None, "there"])
    assert bench.soon(lambda: next(answers)) == "there"
    assert bench.clock.now() - began == 10_000
