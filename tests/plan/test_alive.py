"""The rule that watches the relay is in a plan exactly when a relay has something to do."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from flowvigil.provisioner import alive, names
from flowvigil.provisioner.monitor import Channel, ContactGroup, Hook, Severity, Via
from flowvigil.provisioner.objects import Escalation, Rule
from flowvigil.provisioner.plan import plan
from flowvigil.reporter.contract import RELAY_ALIVE

from .builders import RELAYED, ROBOT, STACK, condition, level, monitor, monitors

BOTH = ContactGroup("ding", (ROBOT, RELAYED))
HOOK = Hook("rollback", "url", "sign")


def watching(*flows, groups=(BOTH,)):
    found = plan(monitors(*flows, groups=groups), STACK)
    return [one for one in found.objects if isinstance(one, Rule) and one.metric == RELAY_ALIVE], found


def test_a_channel_of_the_relay_brings_the_rule():
    ((rule,), _) = watching(monitor())
    assert json.loads(rule.resources) == [{"dimension": "flow=flowvigil_relay&service=acme-prod", "groupId": "0"}]
    assert rule.escalations == (Escalation("critical", "Maximum", "LessThanThreshold", "1", 5),)
    assert (rule.no_data_policy, rule.period_s, rule.webhook) == ("INSUFFICIENT_DATA", 60, None)


def test_without_relay_and_hooks_there_is_none():
    assert watching(monitor(), groups=(ContactGroup("ding", (ROBOT,)),))[0] == []


def test_a_relayed_group_that_nobody_is_told_through_brings_none():
    groups = (ContactGroup("ding", (ROBOT,)), ContactGroup("idle", (RELAYED,)))
    assert watching(monitor(), groups=groups)[0] == []


def test_a_hook_brings_the_rule_and_the_callback():
    ((_rule,), found) = watching(monitor(on_alarm=(HOOK,)), groups=(ContactGroup("ding", (ROBOT,)),))
    webhooks = [one.webhook for one in found.objects if getattr(one, "flow", None) and hasattr(one, "webhook")]
    assert {one.name for one in webhooks} == {"relay-url"}


def test_a_hook_changes_the_slice_of_its_flow_alone():
    groups = (ContactGroup("ding", (ROBOT, RELAYED)),)
    before = plan(monitors(monitor("poem"), monitor("verse"), groups=groups), STACK).slices
    after = plan(monitors(monitor("poem", on_alarm=(HOOK,)), monitor("verse"), groups=groups), STACK).slices
    assert before["verse"] == after["verse"]
    assert before["poem"] != after["poem"]


def test_those_are_told_whom_the_relay_does_not_tell():
    groups = (
        ContactGroup("deaf", (replace(RELAYED, dingtalk="other"),)),
        ContactGroup("mail", (Channel(mail="a@example.com"),)),
        BOTH,
    )
    urgent = condition("p95", level("critical", 8000, ("ding", "deaf")), level("warning", 5000, ("mail",)))
    ((rule,), _) = watching(monitor("poem", urgent), groups=groups)
    assert rule.contact_groups == (names.contact_group(STACK, "ding"),)


def test_a_stack_in_which_nobody_would_hear_of_a_dead_relay_is_warned():
    only = ContactGroup("ding", (RELAYED,))
    warned = condition("p95", level("warning", 5000))
    rules, found = watching(monitor("poem", warned), groups=(only,))
    assert rules == []
    assert alive.UNWATCHED in found.warnings


@pytest.mark.parametrize(("via", "needed"), [(Via.CMS, False), (Via.RELAY, True)])
def test_a_relay_is_needed_for_its_channels(via, needed):
    groups = (ContactGroup("ding", (Channel(dingtalk="robot", via=via),)),)
    assert alive.relay_needed(monitors(monitor(), groups=groups)) is needed


def test_hooks_are_for_critical_alarms_unless_told_otherwise():
    assert (HOOK.severity, HOOK.cool_down_s, HOOK.dry_run) == (Severity.CRITICAL, 1800, False)
