"""What an alert tells whom: action policies, receivers and templates are records, messages stand in the outbox."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from flowvigil.emulator.alerting.routing import RoutingError, fires
from flowvigil.emulator.alerting.templates import TemplateTextError, rendered
from flowvigil.emulator.evaluation.clock import VirtualClock

from ..emulator.conftest import NOW
from ..emulator.lines import PROJECT, group, make_store, put, runs

ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=token-of-the-team"
FIRE = (
    'fire(type="webhook_integration", integration_type="dingtalk", webhook_id="robot", template_id="t", period="any")'
)
TEMPLATE = {"title": "{{ alert.annotations.title }}", "content": "{{ alert.annotations.desc }} {{ alert.status }}"}
QUERY = "event: run | SELECT flow, max(duration_ms) AS value GROUP BY flow"
ALERT = {
    "type": "Alert",
    "name": "slow-runs",
    "displayName": "slow",
    "configuration": {
        "version": "2.0",
        "type": "default",
        "queryList": [
            {"store": "runs", "query": QUERY, "start": "-1m", "end": "absolute", "timeSpanType": "Truncated"}
        ],
        "severityConfigurations": [
            {"severity": 10, "evalCondition": {"condition": "value > 8000", "countCondition": ""}},
            {"severity": 6, "evalCondition": {"condition": "value > 5000", "countCondition": ""}},
        ],
        "groupConfiguration": {"type": "custom", "fields": ["flow"]},
        "labels": [{"key": "service", "value": "s"}],
        "annotations": [{"key": "title", "value": "Poems"}, {"key": "desc", "value": "${flow} p95 = ${value}"}],
        "sendResolved": True,
        "policyConfiguration": {
            "alertPolicyId": "sls.builtin.dynamic",
            "actionPolicyId": "p",
            "repeatInterval": "3600s",
        },
    },
    "schedule": {"type": "FixedRate", "interval": "60s"},
}


class Scene:
    """A store, the records of the alert centre, one alert, and runs of one duration a minute."""

    def __init__(self, start_cloud, script=FIRE, **hook):
        self.cloud = start_cloud(now=VirtualClock(NOW - NOW % 60_000))
        make_store(self.cloud)
        self.record("sls.alert.action_webhook", "robot", {"id": "robot", "type": "dingtalk", "url": ROBOT, **hook})
        self.record(
            "sls.alert.content_template", "t", {"templates": dict.fromkeys(("dingtalk", "email", "sms"), TEMPLATE)}
        )
        self.record("sls.alert.action_policy", "p", {"primary_policy_script": script})
        assert self.cloud.sls("POST", PROJECT, "/jobs", ALERT).status == 200

    def record(self, table, name, value):
        body = {"id": name, "tag": name, "value": json.dumps(value)}
        assert self.cloud.sls("POST", "", f"/resources/{table}/records", body).status == 200

    def minutes(self, *durations):
        for duration in durations:
            at = self.cloud.world.now() // 1000
            put(self.cloud, group(*runs({"duration_ms": duration}, at=at + 30)))
            self.cloud.door("clock", {"advance": 60})

    def outbox(self, channel="dingtalk"):
        return self.cloud.door(f"outbox?channel={channel}")


def details(entry):
    """What the template made of the one alert of a message."""
    return entry["text"].partition("#### 告警详情:\n\n")[2]


@pytest.fixture
def scene(virtual_cloud):
    return lambda *args, **more: Scene(virtual_cloud, *args, **more)


def test_a_robot_is_told_of_an_alert_and_of_its_end(scene):
    poem = scene()
    poem.minutes(9000, 100)
    told = [(one["status"], one["title"], details(one), one["before"], one["after"]) for one in poem.outbox()]
    assert told == [
        ("sent", "Poems", "a p95 = 9000.0 firing", "OK", "Critical"),
        ("sent", "Poems", "a p95 = 9000.0 resolved", "Critical", "OK"),
    ]


def test_a_message_begins_with_title_count_and_what_was_merged(scene):
    poem = scene()
    poem.minutes(9000)
    assert poem.outbox()[0]["text"].splitlines()[:6] == [
        "### Poems", "", "- 告警数量: 1", "- 合并基准: alert rule and all labels", "", "#### 告警详情:",
    ]  # fmt: skip


def test_alerts_stand_in_the_history_beside_alarms(scene):
    poem = scene()
    poem.minutes(9000)
    (entry,) = poem.cloud.door("alerts")
    assert (entry["service"], entry["ruleId"], entry["dimension"], entry["after"]) == (
        "sls", "slow-runs", "flow=a", "Critical",
    )  # fmt: skip
    assert (entry["value"], entry["told"], entry["project"]) == ("9000.0", True, PROJECT)


def test_who_is_told_depends_on_the_severity(scene):
    branch = 'if alert.severity >= 10:\n    fire(type="sms", users=["ann"], template_id="t")\n    stop()\n' + FIRE
    poem = scene(branch)
    poem.record("sls.common.user", "ann", {"email": ["ann@example.com"], "phone": "13800000000", "enabled": True})
    poem.minutes(6000, 9000)
    assert [one["after"] for one in poem.outbox()] == ["Medium"]
    assert [(one["after"], one["address"]) for one in poem.outbox("sms")] == [("Critical", "13800000000")]


def test_people_are_told_by_mail_phone_and_message_as_they_are_set_up(scene):
    poem = scene('fire(type="email", users=["ann"], groups=["devs"])\nfire(type="voice", users=["ann", "bob"])')
    poem.record("sls.common.user", "ann", {"email": ["a@example.com"], "phone": "1", "voice_enabled": False})
    poem.record("sls.common.user", "bob", {"email": ["b@example.com"], "phone": "2", "voice_enabled": True})
    poem.record("sls.common.user", "eve", {"email": ["e@example.com"], "enabled": False})
    poem.record("sls.common.user_group", "devs", {"members": ["bob", "eve", "ann"], "enabled": True})
    poem.minutes(6000)
    assert [one["address"] for one in poem.outbox("mail")] == ["a@example.com", "b@example.com"]
    assert [one["contact"] for one in poem.outbox("phone")] == ["bob"]


def test_a_robot_with_a_secret_is_posted_to_with_a_signature(scene):
    poem = scene(secret="SEC1")
    poem.cloud.door("robots", {"token": "token-of-the-team", "secret": "SEC1"})
    poem.minutes(9000)
    assert poem.outbox()[0]["status"] == "sent"


def test_a_wrong_secret_is_refused_by_the_robot(scene):
    poem = scene(secret="SEC2")
    poem.cloud.door("robots", {"token": "token-of-the-team", "secret": "SEC1"})
    poem.minutes(9000)
    assert (poem.outbox()[0]["status"], poem.outbox()[0]["errcode"]) == ("refused", 310000)


def test_the_link_of_a_message_opens_the_judged_window(scene):
    poem = scene()
    record = {
        "id": "t",
        "value": json.dumps({"templates": {"dingtalk": {"title": "x", "content": "{{alert.query_url}}"}}}),
    }
    poem.cloud.sls("PUT", "", "/resources/sls.alert.content_template/records/t", record)
    poem.minutes(9000)
    link = urlsplit(details(poem.outbox()[0]))
    asked = {name: found[0] for name, found in parse_qs(link.query).items()}
    end = poem.cloud.world.now() // 1000
    assert (link.hostname, link.path) == ("sls.console.aliyun.com", f"/lognext/project/{PROJECT}/logsearch/runs")
    assert base64.b64decode(asked["queryString"]).decode() == QUERY
    assert (int(asked["startTime"]), int(asked["endTime"]), asked["queryTimeType"]) == (end - 60, end, "99")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("while True: pass", "line 1"),
        ("import os", "import os"),
        ("fire(type=open('/etc/passwd'))", "open("),
        ("if alert.severity >", "cannot be read"),
        ("if alert.severity > 'x':\n    stop()", "cannot be compared"),
        ("", "tells nobody"),
        ("if alert.severity < 2:\n    fire(type='sms')", "tells nobody"),
    ],
)
def test_a_policy_that_tells_nobody_is_named_in_the_history(scene, script, why):
    poem = scene(script)
    poem.minutes(9000)
    (entry,) = poem.cloud.door("alerts")
    assert why in entry["why"]
    assert poem.outbox() == []


def test_a_policy_that_is_not_there_is_named(scene):
    poem = scene()
    poem.cloud.sls("DELETE", "", "/resources/sls.alert.action_policy/records?ids=p")
    poem.minutes(9000)
    assert "no action policy 'p'" in poem.cloud.door("alerts")[0]["why"]


def test_a_webhook_or_template_that_cannot_be_used_is_named_in_the_outbox(scene):
    poem = scene(FIRE.replace('"robot"', '"other"'))
    poem.minutes(9000)
    assert (poem.outbox()[0]["status"], poem.outbox()[0]["why"]) == (
        "not sent",
        "there is no webhook integration 'other'",
    )


@pytest.mark.parametrize(
    ("script", "severity", "found"),
    [
        ("fire(type='a')\nstop()\nfire(type='b')", 10, ["a"]),
        (
            "if alert.severity >= 8 and alert.labels['flow'] == 'x':\n    fire(type='a')\nelse:\n    fire(type='b')",
            10,
            ["a"],
        ),
        (
            "if alert.severity >= 8 and alert.labels['flow'] == 'y':\n    fire(type='a')\nelse:\n    fire(type='b')",
            10,
            ["b"],
        ),
        ("if not alert.labels.nosuch == 'y':\n    fire(type='a')", 10, ["a"]),
        ("if alert.severity in [6, 8]:\n    fire(type='a')\nelif alert.severity == 10:\n    fire(type='b')", 10, ["b"]),
    ],
)
def test_a_policy_script(script, severity, found):
    assert [one["type"] for one in fires(script, {"severity": severity, "labels": {"flow": "x"}})] == found


def test_a_policy_script_runs_nothing():
    with pytest.raises(RoutingError):
        fires("fire(type=(lambda: 1)())", {})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ alert.labels.flow }}", "x"),
        ("{{ alert.nosuch.deep }}!", "!"),
        ("{{ alert.__class__.__mro__ }}!", "!"),
        ("{{ alert.labels }}", '{"flow": "x"}'),
        ("{% for one in alert.rows %}{{ one.n }},{% endfor %}", "1,2,"),
    ],
)
def test_a_template(text, found):
    assert rendered(text, {"labels": {"flow": "x"}, "rows": [{"n": 1}, {"n": 2}]}) == found


@pytest.mark.parametrize(
    "text",
    [
        "{{ alert.",
        "{% nosuch %}",
        "{{ 1 / 0 }}",
        "{% for i in range(10 ** 9) %}{% endfor %}",
    ],
)
def test_a_template_that_cannot_be_rendered_is_refused(text):
    with pytest.raises(TemplateTextError):
        rendered(text, {})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"schedule": {"type": "Hourly"}}, "FixedRate or Cron"),
        ({"schedule": {"type": "FixedRate", "interval": "5s"}}, "60s to 24h"),
        ({"schedule": {"type": "FixedRate", "interval": "60s", "delay": 500}}, "delay"),
        ({"schedule": {"type": "Cron", "cronExpression": "61 * * * *"}}, "within 0 to 59"),
        ({"schedule": {"type": "Cron", "cronExpression": "* * * *"}}, "5 fields"),
        ({"severityConfigurations": [{"severity": 5}]}, "severity is 10"),
        ({"severityConfigurations": [{"severity": 10, "evalCondition": {"condition": "value >"}}]}, "too early"),
        ({"severityConfigurations": [{"severity": 10, "evalCondition": {"condition": "v" * 129}}]}, "128 characters"),
        ({"severityConfigurations": {"severity": 10}}, "severityConfigurations must be"),
        ({"queryList": [{"query": "*", "start": "-2d", "end": "now"}]}, "at most 24 hours"),
        ({"queryList": [{"query": "*", "start": "now", "end": "-1m"}]}, "start comes before"),
        ({"queryList": [{"query": "*", "start": "yesterday", "end": "now"}]}, "yesterday"),
        ({"queryList": [{"query": "*", "storeType": "metric"}]}, "logstores only"),
        ({"joinConfigurations": [{"type": "zip"}]}, "set operation"),
    ],
)
def test_an_alert_that_cannot_be_judged_is_refused_when_it_is_made(cloud, change, named):
    make_store(cloud)
    body = {
        **ALERT,
        "configuration": {**ALERT["configuration"], **{k: v for k, v in change.items() if k != "schedule"}},
    }
    answer = cloud.sls("POST", PROJECT, "/jobs", {**body, "schedule": change.get("schedule", ALERT["schedule"])})
    assert (answer.status, answer.body["errorCode"]) == (400, "ParameterInvalid")
    assert named in answer.body["errorMessage"]


def test_an_alert_goes_on_after_a_restart(start_cloud, tmp_path):
    """The first process is not ended properly: what it had committed must be enough."""
    clock = VirtualClock(NOW - NOW % 60_000)
    poem = Scene(lambda now: start_cloud(now=clock, folder=tmp_path))
    poem.minutes(9000)
    poem.cloud = start_cloud(now=VirtualClock(0), folder=tmp_path)
    poem.minutes(9000, 100)
    assert [one["after"] for one in poem.outbox()] == ["Critical", "OK"]
