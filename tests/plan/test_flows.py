"""What one flow becomes in the cloud's words."""

from __future__ import annotations

import json
from dataclasses import replace

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.monitor import Carrier, Hours
from flowvigil.provisioner.plan import plan

from .builders import FAILURES, GROUPS, P95, RELAYED, SLOW, STACK, condition, langflow, level, monitor, monitors

DIRECT = replace(STACK, rules=Carrier.DIRECT)


def made(kind, *found, stack=STACK, groups=GROUPS):
    return [one for one in plan(monitors(*found, groups=groups), stack).objects if isinstance(one, kind)]


def test_a_percentile_fires_on_the_maximum_above_its_threshold_for_as_many_minutes():
    (template,) = made(o.Template, monitor("poem", P95))
    assert template.rules[0].escalations == (
        o.Escalation("critical", "Maximum", "GreaterThanThreshold", "8000", 3),
        o.Escalation("warn", "Maximum", "GreaterThanThreshold", "5000", 3),
    )


def test_a_streak_fires_when_its_length_is_reached():
    (template,) = made(o.Template, monitor("poem", SLOW))
    assert template.rules[0].escalations == (o.Escalation("warn", "Maximum", "GreaterThanOrEqualToThreshold", "3", 1),)


def test_silence_counts_whole_windows_without_a_run():
    short, long = condition("no_runs", level("warning", 1800)), condition("no_runs", level("warning", 7200))
    rules = [made(o.Rule, monitor("poem", one), stack=DIRECT)[0] for one in (short, long)]
    assert [(rule.period_s, rule.escalations[0].statistics, rule.escalations[0].times) for rule in rules] == [
        (60, "Sum", 30),
        (300, "Sum", 24),
    ]


def test_a_direct_rule_names_its_series_exactly():
    (rule,) = made(o.Rule, langflow(monitor("poem", FAILURES)), stack=DIRECT)
    assert rule.resources == '[{"dimension":"flow=poem&service=acme-prod","groupId":"0"}]'
    assert (rule.namespace, rule.metric) == (
        "acs_customMetric_1234567890123456",
        "custom_langflow_generation_failure_rate",
    )


def test_a_direct_rule_beside_a_template_reads_the_series_of_the_flows_group():
    odd = condition("p99", level("critical", 9000, repeat_s=900))
    (rule,) = made(o.Rule, monitor("poem", P95, FAILURES, odd))
    ref = o.Ref("flow.poem.group")
    assert rule.resources == o.Text(('[{"dimension":"flow=poem&service=acme-prod","groupId":"', ref, '"}]'))


def test_office_hours_become_the_effective_interval():
    office = Hours(days=(5, 1, 2, 3, 4), start_minute=540, end_minute=1440, zone="+0900")
    (rule,) = made(o.Rule, monitor("poem", replace(FAILURES, hours=office)))
    assert rule.effective_interval == "09:00-23:59 +0900 dayofweek 1,2,3,4,5"


def test_a_rule_carries_owner_runbook_links_and_slice_as_labels():
    one = monitor("poem", FAILURES, owner="team-a", runbook="https://wiki/poem")
    found = plan(monitors(one), DIRECT)
    labels = dict(next(rule.labels for rule in found.objects if isinstance(rule, o.Rule)))
    assert (labels["owner"], labels["runbook"]) == ("team-a", "https://wiki/poem")
    assert labels["slice"] == found.slices["poem"]
    assert labels["dashboard"].endswith("/dashboard/acme-prod-poem?slsRegion=cn-hangzhou")
    assert labels["logs"].startswith("https://sls.console.aliyun.com/lognext/project/acme-prod-")


def test_the_rule_id_changes_with_whatever_the_service_cannot_change_in_place():
    before, after = (made(o.Rule, monitor("poem", one), stack=DIRECT)[0] for one in (FAILURES, _told("oncall")))
    assert before.rule_id.rsplit("-", 1)[0] == after.rule_id.rsplit("-", 1)[0] == "acme-prod-poem-failure_rate"
    assert before.rule_id != after.rule_id


def test_a_new_threshold_keeps_the_rule_id():
    stricter = condition("failure_rate", level("critical", 2))
    before, after = (made(o.Rule, monitor("poem", one), stack=DIRECT)[0] for one in (FAILURES, stricter))
    assert (before.rule_id, before.key) == (after.rule_id, after.key)


def test_the_templates_name_changes_with_a_threshold_but_not_with_the_owner():
    names = [
        made(o.Template, one)[0].name
        for one in (
            monitor("poem", FAILURES),
            monitor("poem", FAILURES, owner="team-b"),
            monitor("poem", condition("failure_rate", level("critical", 2))),
        )
    ]
    assert names[0] == names[1] != names[2]


def test_a_rotated_relay_secret_makes_the_template_apply_again():
    groups = (replace(GROUPS[0], channels=(RELAYED,)),)
    found = [plan(monitors(monitor(), groups=groups), STACK, {"relay-url": version}) for version in ("v1", "v2")]
    names = [one.name for each in found for one in each.objects if isinstance(one, o.Template)]
    assert names[0] != names[1]


def test_only_rules_of_relayed_channels_call_the_relay():
    groups = (replace(GROUPS[0], channels=(RELAYED,)), replace(GROUPS[1], name="quiet"))
    to_quiet = condition("p99", level("critical", 9000, ("quiet",)))
    rules = made(o.Rule, monitor("poem", FAILURES, to_quiet), stack=DIRECT, groups=groups)
    assert [rule.webhook for rule in rules if rule.flow] == [o.Secret("relay-url"), None]


def test_a_silence_that_is_no_whole_number_of_windows_is_rounded_up():
    (rule,) = made(o.Rule, monitor("poem", condition("no_runs", level("warning", 90))), stack=DIRECT)
    assert rule.escalations[0].times == 2


def test_charts_stand_two_in_a_row_without_overlap():
    charts = json.loads(made(o.Dashboard, monitor("poem"))[-1].charts)
    places = [(one["display"]["xPos"], one["display"]["yPos"]) for one in charts]
    assert places == [(column, row) for row in (0, 8, 16, 24, 32) for column in (0, 10)]


def test_the_chart_of_p95_draws_the_thresholds():
    board = made(o.Dashboard, monitor("poem", P95))[-1]
    chart = json.loads(board.charts)[0]
    assert ", 8000 AS critical, 5000 AS warning GROUP BY" in chart["search"]["query"]
    assert chart["display"]["yAxis"] == ["p50", "p95", "critical", "warning"]


def _told(group):
    return condition("failure_rate", level("critical", 5, (group,)), min_runs=20)
