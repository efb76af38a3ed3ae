"""What Log Service judges: flows of many reporters, and reports that stop."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from urllib.parse import unquote

import pytest
from jinja2 import Template

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.monitor import Channel, ContactGroup, Hook, Hours, Reporters, Severity
from flowvigil.provisioner.plan import PlanError, plan
from flowvigil.provisioner.wire import KINDS

from .builders import FAILURES, GROUPS, P95, RELAYED, ROBOT, SLOW, STACK, condition, level, monitor, monitors

REPORTS = condition("no_reports", level("critical", 1800), level("warning", 600))


def many(*conditions, **more):
    return monitor("poem", *conditions, reporters=Reporters.MANY, **more)


def alerts(*found, groups=GROUPS):
    return [one for one in plan(monitors(*found, groups=groups), STACK).objects if isinstance(one, o.LogAlert)]


def records(*found, groups=GROUPS):
    made = [one for one in plan(monitors(*found, groups=groups), STACK).objects if isinstance(one, o.LogRecord)]
    return {one.table: one for one in made}


def test_a_percentile_of_many_reporters_is_weighted_and_needs_its_runs():
    (alert,) = alerts(many(P95))
    assert alert.queries[0].query == (
        'event: run and service: "acme-prod" and flow: "poem" and (status: succeeded or status: timed_out) | '
        "SELECT flow, approx_percentile(duration_ms, weight, 0.95) AS value GROUP BY flow HAVING sum(weight) >= 20"
    )


def test_a_flow_of_one_reporter_has_alerts_for_the_inside_of_its_runs_alone():
    ttft, tokens = (
        condition("ttft", level("critical", 2000), min_runs=20),
        condition("tokens_per_run", level("info", 9)),
    )
    found = alerts(monitor("poem", P95, ttft, tokens))
    assert [one.key for one in found] == ["flow.poem.ttft.alert", "flow.poem.tokens_per_run.alert"]
    assert found[0].queries[0].query == (
        'event: run and service: "acme-prod" and flow: "poem" | '
        "SELECT flow, approx_percentile(first_token_ms, weight, 0.95) AS value FROM log "
        "WHERE first_token_ms IS NOT NULL GROUP BY flow HAVING sum(weight) >= 20"
    )


def test_one_alert_carries_all_severities_and_holds_as_often_as_asked():
    (alert,) = alerts(many(P95))
    assert alert.severities == (o.AlertSeverity(10, "value > 8000"), o.AlertSeverity(6, "value > 5000"))
    assert (alert.threshold, alert.interval_s, alert.queries[0].start) == (3, 60, "-1m")


def test_a_streak_of_many_reporters_fires_from_its_length_on_at_once():
    (alert,) = alerts(many(SLOW))
    assert alert.severities == (o.AlertSeverity(6, "value >= 3"),)
    assert (alert.threshold, alert.queries[0].start) == (1, "-60m")


def test_the_oldest_open_run_of_any_reporter_is_read_from_reporter_events():
    (alert,) = alerts(many(condition("stuck", level("warning", 600), for_s=120)))
    assert alert.queries[0].query == (
        'event: reporter and service: "acme-prod" and flow: "poem" | '
        "SELECT flow, max(oldest_open_run) AS value GROUP BY flow HAVING count(*) >= 1"
    )
    assert (alert.severities, alert.threshold) == ((o.AlertSeverity(6, "value > 600"),), 2)


def test_silence_of_many_reporters_is_measured_over_the_longest_threshold():
    (alert,) = alerts(many(condition("no_runs", level("critical", 7200), level("warning", 1800))))
    assert alert.queries[0].start == "-120m"
    assert [one.condition for one in alert.severities] == ["value >= 7200", "value >= 1800"]


def test_during_a_rename_an_alert_counts_both_names():
    (alert,) = alerts(many(FAILURES, renamed_from="old"))
    assert '(flow: "poem" or flow: "old")' in alert.queries[0].query


def test_office_hours_are_part_of_the_query():
    office = Hours(days=(1, 5), start_minute=540, end_minute=1200)
    (alert,) = alerts(many(replace(FAILURES, hours=office)))
    assert "+ 28800) / 86400.0) + 3 AS bigint) % 7 + 1 IN (1, 5)" in alert.queries[0].query
    assert "+ 28800) % 86400 BETWEEN 32400 AND 71999" in alert.queries[0].query


def test_flows_with_the_same_recipients_share_one_alert_for_missing_reports():
    (alert,) = alerts(monitor("a", REPORTS), monitor("b", REPORTS))
    assert "(VALUES ('a'), ('b')) AS f (flow)" in alert.queries[0].query
    assert alert.queries[0].start == "-30m"
    assert alert.group_by == ("flow",)


def test_other_recipients_get_another_alert_for_missing_reports():
    other = condition("no_reports", level("critical", 1800, ("oncall",)))
    assert len(alerts(monitor("a", REPORTS), monitor("b", other))) == 2


def test_the_hundred_and_first_flow_goes_into_a_second_alert():
    found = alerts(*(monitor(f"flow-{number:03d}", REPORTS) for number in range(101)))
    assert [one.queries[0].query.count("('flow-") for one in found] == [100, 1]


def webhook(record):
    """The name of its secret, and its body with URL in the secret's place."""
    (secret,) = [part for part in record.value.parts if isinstance(part, o.Secret)]
    return secret.name, json.loads("".join("URL" if part is secret else part for part in record.value.parts))


def test_a_robot_is_a_record_that_names_its_secret():
    robot = records(monitor("a", REPORTS))["sls.alert.action_webhook"]
    secret, body = webhook(robot)
    assert secret == "robot"
    assert body == {
        "id": "acme-prod-robot-robot",
        "name": "acme-prod-robot-robot",
        "type": "dingtalk",
        "method": "POST",
        "headers": [],
        "url": "URL",
    }


def test_the_action_policy_tells_the_more_urgent_severity_first_and_stops():
    both = condition("no_reports", level("critical", 60, ("day", "night")), level("warning", 30, ("day",)))
    groups = (ContactGroup("day", (ROBOT,)), ContactGroup("night", (Channel(mail="a@b.c"),)))
    policy = json.loads(records(monitor("a", both), groups=groups)["sls.alert.action_policy"].value)
    lines = policy["primary_policy_script"].splitlines()
    assert [line.split("(")[0] for line in lines] == [
        "if alert.severity >= 10:",
        "    fire",
        "    fire",
        "    stop",
        "if alert.severity >= 6:",
        "    fire",
        "    stop",
    ]
    assert 'integration_type="dingtalk", webhook_id="acme-prod-robot-robot"' in lines[1]
    assert lines[2].startswith('    fire(type="email", users=["acme-prod-person-')


def test_alert_and_action_policy_name_each_other():
    found = plan(monitors(monitor("a", REPORTS)), STACK).objects
    (alert,) = [one for one in found if isinstance(one, o.LogAlert)]
    (policy,) = [one for one in found if isinstance(one, o.LogRecord) and one.table == "sls.alert.action_policy"]
    assert alert.action_policy == policy.record_id
    assert found.index(policy) < found.index(alert)


def test_a_channel_of_the_relay_is_told_by_a_post_to_the_relay():
    groups = (ContactGroup("ding", (RELAYED, RELAYED)),)
    found = records(monitor("a", REPORTS), groups=groups)
    hook = found["sls.alert.action_webhook"]
    secret, body = webhook(hook)
    assert secret == "relay-url"
    assert body == {
        "id": "acme-prod-relay",
        "name": "acme-prod-relay",
        "type": "custom",
        "method": "POST",
        "headers": [{"key": "Content-Type", "value": "application/json;charset=utf-8"}],
        "url": "URL",
    }
    script = json.loads(found["sls.alert.action_policy"].value)["primary_policy_script"]
    assert [line.split("(")[0] for line in script.splitlines()] == [
        "if alert.severity >= 10:", "    fire", "    stop", "if alert.severity >= 6:", "    fire", "    stop",
    ]  # fmt: skip
    assert 'integration_type="custom", webhook_id="acme-prod-relay", template_id="acme-prod-relay"' in script


HOOK = Hook("roll", "url", "key", Severity.CRITICAL, (), 600, dry_run=False)


def test_the_relay_hears_of_flows_with_hooks_whoever_is_told():
    found = alerts(monitor("a", REPORTS), monitor("b", REPORTS, on_alarm=(HOOK,)))
    assert [one.queries[0].query.count("('b')") for one in found] == [0, 1]
    made = plan(monitors(monitor("b", REPORTS, on_alarm=(HOOK,))), STACK).objects
    (policy,) = [one for one in made if isinstance(one, o.LogRecord) and one.table == "sls.alert.action_policy"]
    assert policy.record_id == found[1].action_policy != found[0].action_policy
    assert policy.value.count('webhook_id=\\"acme-prod-relay') == 4


def test_what_the_relay_is_told_is_json():
    made = plan(monitors(monitor("b", REPORTS, on_alarm=(HOOK,))), STACK).objects
    (said,) = [one for one in made if isinstance(one, o.LogRecord) and one.key == "record.acme-prod-relay.said"]
    part = json.loads(said.value)["templates"]["webhook"]
    alert = {**SHOWN, "alert_id": "x", "labels": {"flow": "b", "service": "s"}, "alert_time": 130,
             "fire_results": [{"value": "1800"}]}  # fmt: skip
    assert json.loads(Template(part.pop("content")).render(alert=alert)) == {
        "rule": "x", "service": "s", "flow": "b", "status": "firing", "severity": 10, "value": "1800", "at": 130,
    }  # fmt: skip
    assert part == {"locale": "zh-CN", "send_type": "batch", "limit": 0}


SHOWN = {"annotations": {"desc": "poem p95 = 9"}, "severity": 10, "status": "firing"}
TIMES = {"results": [{"start_time": 60, "end_time": 120}]}


def line(**more):
    value = json.loads(records(monitor("a", REPORTS))["sls.alert.content_template"].value)
    return Template(value["templates"]["dingtalk"]["content"]).render(alert={**SHOWN, **TIMES, **more})


@pytest.mark.parametrize(
    ("annotations", "links"),
    [
        ({}, ""),
        ({"logs": "L?a"}, " [logs](L?a&startTime=60&endTime=120)"),
        ({"owner": "team"}, " team"),
        ({"owner": "team", "runbook": "R", "dashboard": "D"}, " [dashboard](D) [runbook](R) team"),
    ],
)
def test_a_message_links_only_what_there_is(annotations, links):
    assert line(annotations={"desc": "poem p95 = 9", **annotations}) == f"- 严重 poem p95 = 9{links}"


@pytest.mark.parametrize(
    ("severity", "status", "word"),
    [(10, "firing", "严重"), (6, "firing", "警告"), (2, "firing", "提示"), (10, "resolved", "恢复")],
)
def test_a_message_says_of_each_alert_how_bad_it_is(severity, status, word):
    assert line(severity=severity, status=status) == f"- {word} poem p95 = 9"


def test_the_log_link_of_an_alert_searches_the_runs_that_it_is_about():
    found = alerts(many(P95, FAILURES, title="Poems"))
    searches = [dict(one.annotations)["logs"].split("queryString=")[1].split("&")[0] for one in found]
    runs = 'event: run and service: "acme-prod" and flow: "poem"'
    assert [b64decode(unquote(one)).decode() for one in searches] == [
        runs,
        f"{runs} and (status: failed or status: timed_out)",
    ]
    assert dict(found[0].annotations)["desc"] == "Poems ${flow} p95 = ${value}"


@pytest.mark.parametrize(
    ("robots", "told"),
    [
        ([()], ()),
        ([("监控",), ("Poem", "报警")], ()),
        ([("poem", "诗"), ("阿里云",), ("poem",)], ("poem", "阿里云")),
    ],
)
def test_a_message_holds_a_keyword_of_each_robot(robots, told):
    groups = (ContactGroup("ding", tuple(Channel(dingtalk=f"r{n}", keywords=one) for n, one in enumerate(robots))),)
    value = json.loads(records(monitor("a", REPORTS), groups=groups)["sls.alert.content_template"].value)
    assert value["templates"]["dingtalk"]["title"] == " ".join(["监控报警 {{ alert.annotations.title }}", *told])


def test_a_group_of_somebody_else_cannot_be_told_and_the_plan_says_so():
    lost = condition("no_reports", level("critical", 600, ("oncall",)))
    (warning,) = plan(monitors(monitor("a", lost)), STACK).warnings
    assert warning.startswith("contact group oncall belongs to somebody else, so Log Service cannot tell it of a;")


def test_without_log_alerts_there_are_no_records():
    assert records(monitor("a", P95)) == {}


def test_a_silence_beyond_a_day_is_refused_for_log_service():
    long = condition("no_runs", level("warning", 90_000))
    with pytest.raises(PlanError, match=r"poem.yaml: poem: no_runs: Log Service looks back 24h at most"):
        plan(monitors(many(long)), STACK)


def test_a_silence_of_a_day_is_still_within_reach():
    (alert,) = alerts(many(condition("no_runs", level("warning", 86_400))))
    assert alert.queries[0].start == "-1440m"


def test_the_slice_changes_with_the_threshold_for_missing_reports():
    sooner = condition("no_reports", level("critical", 60))
    first, second = (plan(monitors(monitor("a", FAILURES, one)), STACK).slices["a"] for one in (REPORTS, sooner))
    assert first != second


def test_an_alert_is_silent_where_its_query_finds_no_rows():
    (alert,) = alerts(many(P95))
    assert KINDS[o.LogAlert].props(alert, str)["noDataFire"] is False


@pytest.mark.parametrize(
    ("group", "deaf"),
    [
        (ContactGroup("ding", (ROBOT,)), False),
        (ContactGroup("ding", (ROBOT, Channel(contact="boss"))), False),
        (ContactGroup("ding", (Channel(contact="boss"),)), True),
        (ContactGroup("ding", existing=True), True),
    ],
)
def test_a_group_that_is_wholly_somebody_elses_cannot_be_told_by_log_service(group, deaf):
    warnings = plan(monitors(many(P95), groups=(group,)), STACK).warnings
    assert any("contact group ding belongs to somebody else" in one for one in warnings) == deaf
