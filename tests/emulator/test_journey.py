"""From a slow flow to a message and back, over the wire."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from tests.emulator.alarming import scene
from tests.emulator.conftest import NOW

DAY_MS = 86_400_000


@pytest.fixture
def stage(virtual_cloud):
    return lambda **rule: scene(virtual_cloud, **rule)


@pytest.fixture
def called():
    """A loopback server that is called back; `answers` are the statuses it gives, in turn."""
    forms, answers = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            forms.append({"type": self.headers["Content-Type"], **{k: v[0] for k, v in parse_qs(body).items()}})
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", forms, answers
    server.shutdown()
    server.server_close()


def test_three_slow_runs_in_a_row_are_one_message_and_their_end_another(stage):
    flow = stage()
    flow.reports(1, 2, 3, 4, 5, 0, 0)
    alarm, recovery = flow.outbox()
    assert (alarm["after"], recovery["after"]) == ("Warn", "OK")
    assert alarm["status"] == recovery["status"] == "sent"
    assert "CloudMonitor alarm: slow" in alarm["title"]
    assert "expression: $LastValue>=3" in alarm["text"]
    assert "token-of-the-team" not in json.dumps(flow.outbox())


def test_the_state_of_the_rule_is_told_while_it_lasts(stage):
    flow = stage()
    flow.reports(0)
    assert flow.state() == "OK"
    flow.reports(3)
    assert flow.state() == "ALARM"
    flow.reports(0)
    assert flow.state() == "OK"


def test_an_alarm_that_lasts_is_told_again_when_its_silence_is_over(stage):
    flow = stage()
    flow.reports(*[3] * 10)
    assert flow.levels() == ["Warn"]
    flow.reports(3)
    assert flow.levels() == ["Warn", "Warn"]


def test_a_rule_that_does_not_tell_of_recovery_is_silent_then(stage):
    flow = stage(SendOK="false")
    flow.reports(3, 0)
    assert flow.levels() == ["Warn"]


def test_each_level_has_its_channels(stage):
    flow = stage()
    flow.reports(3, 6)
    assert [flow.levels(name) for name in ("phone", "sms", "mail", "dingtalk")] == [
        ["Critical"],
        ["Warn", "Critical"],
        ["Warn", "Critical"],
        ["Warn", "Critical"],
    ]


def test_a_disabled_rule_is_not_judged(stage):
    flow = stage()
    flow.cloud.rpc("DisableMetricRules", RuleId=["r"])
    flow.reports(9)
    assert flow.outbox() == []


def test_a_deleted_rule_tells_nothing_more(stage):
    flow = stage()
    flow.reports(3)
    flow.cloud.rpc("DeleteMetricRules", Id=["r"])
    flow.reports(0)
    assert flow.levels() == ["Warn"]


def test_the_callback_has_the_documented_fields(stage, called):
    address, forms, _ = called
    flow = stage(Webhook=address, Labels=[{"Key": "owner", "Value": "team"}])
    flow.reports(3, 6, 0)
    first, second, third = forms
    assert first["type"].startswith("application/x-www-form-urlencoded")
    wanted = {
        "alertName": "slow",
        "alertState": "ALERT",
        "curValue": "3",
        "dimensions": "{userId=1000000000000001, groupId=0, flow=a}",
        "expression": "$LastValue>=3",
        "metricName": "m",
        "namespace": "acs_customMetric_1000000000000001",
        "metricProject": "acs_customMetric_1000000000000001",
        "preTriggerLevel": "OK",
        "triggerLevel": "WARN",
        "ruleId": "r",
        "userId": "1000000000000001",
        "customLabels": '[{"label": "owner", "value": "team"}]',
    }
    assert {name: first[name] for name in wanted} == wanted
    assert (second["preTriggerLevel"], second["triggerLevel"]) == ("WARN", "CRITICAL")
    assert (third["preTriggerLevel"], third["triggerLevel"], third["alertState"]) == ("CRITICAL", "OK", "OK")


def test_a_callback_is_tried_three_times(stage, called):
    address, forms, answers = called
    answers += [500, 500, 200]
    flow = stage(Webhook=address)
    flow.reports(3)
    (entry,) = flow.outbox("webhook")
    assert (len(forms), entry["status"], entry["tries"]) == (3, "sent", 3)


def test_a_callback_that_nobody_takes_is_given_up(stage, called):
    address, forms, answers = called
    answers += [500] * 9
    flow = stage(Webhook=address)
    flow.reports(3)
    (entry,) = flow.outbox("webhook")
    assert (len(forms), entry["status"], entry["answer"]) == (3, "failed", "500")


def test_a_redirected_callback_is_not_followed(stage, called):
    address, _, answers = called
    answers += [302] * 3
    flow = stage(Webhook=address)
    flow.reports(3)
    assert [entry["status"] for entry in flow.outbox("webhook")] == ["failed"]


@pytest.mark.parametrize("address", ["http://192.0.2.1/hook", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/", "x"])
def test_nothing_but_the_loopback_is_called_back(stage, address):
    flow = stage(Webhook=address)
    flow.reports(3)
    (entry,) = flow.outbox("webhook")
    assert (entry["status"], entry["why"]) == ("not sent", "the emulator calls back on the loopback only")


def test_the_history_tells_each_change(stage):
    flow = stage()
    flow.reports(3, 6, 0)
    history = flow.cloud.door("alerts")
    assert [(one["before"], one["after"], one["value"]) for one in history] == [
        ("OK", "Warn", 3),
        ("Warn", "Critical", 6),
        ("Critical", "OK", 0),
    ]
    assert flow.cloud.door(f"alerts?after={history[0]['seq']}") == history[1:]


def test_the_service_tells_its_history_too(stage):
    flow = stage()
    flow.reports(3, 6, 0)
    newest, upgrade, oldest = flow.cloud.rpc("DescribeAlertLogList").body["AlertLogList"]
    assert [one["LevelChange"] for one in (oldest, upgrade, newest)] == ["OK->P3", "P3->P2", "P2->OK"]
    assert (oldest["SendStatus"], oldest["Dimensions"]) == ("0", [{"Key": "flow", "Value": "a"}])
    asked = flow.cloud.rpc("DescribeAlertLogList", Level="P2", RuleId="r").body["AlertLogList"]
    assert [one["LevelChange"] for one in asked] == ["P3->P2"]
    assert flow.cloud.rpc("DescribeAlertLogList", RuleId="nobody").body["AlertLogList"] == []
    assert flow.cloud.rpc("DescribeAlertLogList", StartTime=0).code == "ParameterInvalid"


@pytest.mark.parametrize(("back", "code"), [(0, "200"), (15 * DAY_MS, "200"), (15 * DAY_MS + 1, "ParameterInvalid")])
def test_a_history_spans_fifteen_days(stage, back, code):
    assert stage().cloud.rpc("DescribeAlertLogList", StartTime=NOW - back, EndTime=NOW).code == code


def test_a_history_is_paged(stage):
    flow = stage()
    flow.reports(*[3, 0] * 6)
    first, second = (flow.cloud.rpc("DescribeAlertLogList", PageNumber=page).body for page in (1, 2))
    assert (len(first["AlertLogList"]), len(second["AlertLogList"])) == (10, 2)
    assert (first["PageNumber"], first["PageSize"]) == (1, 10)


def test_a_rule_made_by_a_template_is_judged_too(stage):
    flow = stage()
    cloud = flow.cloud
    cloud.rpc("DeleteMetricRules", Id=["r"])
    group = cloud.rpc("CreateMonitorGroup", GroupName="flows", ContactGroups="g").body["GroupId"]
    rule = {"Category": "ecs", "MetricName": "m", "Namespace": "acs_customMetric_1000000000000001", "RuleName": "slow"}
    part = {"Statistics": "P95", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5", "Times": "1"}
    template = {**rule, "Period": "60", "Escalations": {"Info": part}}
    number = cloud.rpc("CreateMetricRuleTemplate", Name="t", AlertTemplates=[template]).body["Id"]
    applied = {"TemplateIds": number, "GroupId": group, "ApplyMode": "ALARM_TEMPLATE_FIRST"}
    assert cloud.rpc("ApplyMetricRuleTemplate", **applied).code == "200"
    entry = {"GroupId": group, "MetricName": "m", "Dimensions": '{"flow": "a"}', "Type": "1", "Period": "60"}
    cloud.rpc("PutCustomMetric", MetricList=[{**entry, "Values": '{"P95": 8}'}])
    flow.advance(180)
    assert flow.levels() == ["Info"]
