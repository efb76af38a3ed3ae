"""Whatever people write: every level reaches every contact group it names, through exactly one rule."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.monitor import Condition, ContactGroup, Hours, Level, Severity, Signal
from flowvigil.provisioner.plan import plan

from .builders import STACK, monitor, monitors

NAMES = ("ding", "oncall", "night")
GROUPS = tuple(ContactGroup(name, existing=True) for name in sorted(NAMES))
WORDS = {Severity.CRITICAL: "critical", Severity.WARNING: "warn", Severity.INFO: "info"}


@st.composite
def conditions(draw):
    found = []
    for number in range(draw(st.integers(1, 4))):
        severities = draw(st.lists(st.sampled_from(list(Severity)), min_size=1, max_size=3, unique=True))
        levels = tuple(_level(draw, severity) for severity in sorted(severities, key=list(Severity).index))
        period = draw(st.sampled_from((60, 300)))
        hours = draw(st.sampled_from((None, Hours((1, 2), 540, 600))))
        found.append(Condition(f"a{number}", Signal.P95, levels, period, period, 1, None, hours))
    return tuple(found)


def _level(draw, severity):
    groups = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    return Level(
        severity, 1000 * (list(Severity).index(severity) + 1), draw(st.sampled_from((900, 3600))), tuple(groups)
    )


def told(objects):
    """How often each (alarm, level, contact group) is told, by the cloud's objects alone."""
    groups = {one.key: one.contact_groups for one in objects if isinstance(one, o.MonitorGroup)}
    rules = [
        (rule, groups[one.group.object]) for one in objects if isinstance(one, o.Template) for rule in one.rules
    ] + [(one, one.contact_groups) for one in objects if isinstance(one, o.Rule)]
    return Counter(
        (rule.metric.rpartition("_")[2], level.level, group)
        for rule, names in rules
        for level in rule.escalations
        for group in names
    )


@settings(max_examples=30)
@given(conditions())
def test_every_group_hears_of_every_level_through_exactly_one_rule(found):
    wanted = [
        (one.alarm, WORDS[level.severity], group) for one in found for level in one.levels for group in level.groups
    ]
    objects = plan(monitors(monitor("poem", *found), groups=GROUPS), STACK).objects
    assert told(objects) == Counter(wanted)


@settings(max_examples=30)
@given(conditions())
def test_keys_and_rule_ids_are_unique_whatever_is_written(found):
    objects = plan(monitors(monitor("poem", *found), groups=GROUPS), STACK).objects
    keys = [one.key for one in objects] + [one.rule_id for one in objects if isinstance(one, o.Rule)]
    assert len(keys) == len(set(keys))


@settings(max_examples=30)
@given(conditions())
def test_a_rule_of_a_template_has_its_flows_minute_and_no_hours(found):
    objects = plan(monitors(monitor("poem", *found), groups=GROUPS), STACK).objects
    by_alarm = {one.alarm: one for one in found}
    inside = [rule for one in objects if isinstance(one, o.Template) for rule in one.rules]
    carried = [by_alarm[rule.metric.rpartition("_")[2]] for rule in inside]
    assert all(one.period_s == 60 and one.hours is None for one in carried)
