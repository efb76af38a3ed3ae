"""Each rule of the policy pack: what passes, what violates, and the exact message."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from pulumi_policy import ResourceValidationArgs

PACK = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def rules():
    found = importlib.util.spec_from_file_location("policy_rules", PACK / "rules.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture
def judge(rules):
    def run(rule, kind, props, config=None):
        messages = []
        token, urn = getattr(rules, kind), "urn:pulumi:prod::acme::type::it"
        args = ResourceValidationArgs(token, props, urn, "it", None, None, config or {})
        getattr(rules, rule)(args, messages.append)
        return messages

    return run


CRITICAL = {"escalations": {"critical": {"threshold": "5"}}}


def test_a_critical_rule_that_repeats_every_half_hour_passes(judge):
    assert judge("critical_silence_is_bounded", "RULE", {**CRITICAL, "silenceTime": "1800"}) == []


def test_a_critical_rule_that_is_silent_for_a_day_violates(judge):
    props = {**CRITICAL, "silenceTime": "86400", "metricAlarmRuleId": "acme-prod-x"}
    assert judge("critical_silence_is_bounded", "RULE", props) == [
        "critical alarms of acme-prod-x repeat only every 86400 s; at most 3600 s are allowed. "
        "Shorten `repeat: {critical: …}` in the spec."
    ]


def test_a_template_with_one_critical_rule_is_judged_by_its_silence(judge):
    props = {"alertTemplates": [{}, CRITICAL], "silenceTime": 3601, "metricRuleTemplateName": "acme-prod-t"}
    assert len(judge("critical_silence_is_bounded", "TEMPLATE", props)) == 1


def test_a_warning_may_stay_silent_for_a_day(judge):
    props = {"escalations": {"warn": {"threshold": "5"}}, "silenceTime": "86400"}
    assert judge("critical_silence_is_bounded", "RULE", props) == []


def test_the_silence_limit_is_configurable(judge):
    props = {**CRITICAL, "silenceTime": "900"}
    assert len(judge("critical_silence_is_bounded", "RULE", props, {"maxSeconds": 600})) == 1


def test_a_rule_with_a_contact_group_passes(judge):
    assert judge("someone_is_notified", "RULE", {"contactGroups": "oncall"}) == []


@pytest.mark.parametrize(("kind", "nobody"), [("RULE", ""), ("MONITOR_GROUP", [])])
def test_a_rule_or_group_without_contact_groups_violates(judge, kind, nobody):
    assert judge("someone_is_notified", kind, {"contactGroups": nobody}) == [
        "it notifies nobody. Give the flow an owner with routes, or `notify:`."
    ]


def test_a_robots_record_of_log_service_may_hold_its_address(judge):
    value = '{"url": "https://oapi.dingtalk.com/robot/send?access_token=abc"}'
    props = {"resourceName": "sls.alert.action_webhook", "value": value}
    assert judge("no_secret_in_clear_text", "LOG_RECORD", props) == []


def test_any_other_record_of_log_service_may_not(judge):
    value = '{"url": "https://oapi.dingtalk.com/robot/send?access_token=abc"}'
    props = {"resourceName": "sls.alert.content_template", "value": value}
    assert len(judge("no_secret_in_clear_text", "LOG_RECORD", props)) == 1


def test_a_webhook_in_its_own_property_passes(judge):
    props = {"channelsDingWebHook": "https://oapi.dingtalk.com/robot/send?access_token=abc"}
    assert judge("no_secret_in_clear_text", "CONTACT", props) == []


@pytest.mark.parametrize("leak", ["see https://oapi.dingtalk.com/robot/send?access_token=abc", "LTAI5tAbCdEfGhIjKlMn"])
def test_a_webhook_or_key_in_a_label_violates(judge, leak):
    assert judge("no_secret_in_clear_text", "RULE", {"labels": [{"key": "note", "value": leak}]}) == [
        "it: property labels.value holds a webhook or an access key. Keep it as a secret of the stack."
    ]


def test_a_name_of_this_stack_passes(judge):
    assert judge("names_say_whose_they_are", "CONTACT", {"alarmContactName": "acme-prod-robot"}) == []


def test_a_name_without_the_stack_prefix_violates(judge):
    assert judge("names_say_whose_they_are", "RAM_ROLE", {"roleName": "admin"}) == [
        "admin does not begin with acme-prod, so it may be somebody else's. Let flowvigil name it."
    ]


def test_listed_actions_pass(judge):
    document = json.dumps({"Statement": [{"Action": ["cms:PutCustomMetric"], "Resource": "*"}]})
    assert judge("ram_actions_are_listed", "RAM_POLICY", {"policyDocument": document}) == []


@pytest.mark.parametrize("action", ["*", "cms:*", ["cms:PutCustomMetric", "log:Post*"]])
def test_a_wildcard_action_violates(judge, action):
    document = json.dumps({"Statement": [{"Action": action}]})
    messages = judge("ram_actions_are_listed", "RAM_POLICY", {"policyDocument": document, "policyName": "p"})
    wildcard = action if isinstance(action, str) else action[1]
    assert messages == [f"policy p allows {wildcard}. List the actions one by one."]


def test_a_value_that_the_cloud_will_decide_is_not_judged(rules, judge):
    from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

    props = unknown_checking_proxy({"groupId": UNKNOWN_STRING_VALUE, "description": "fine"})
    assert judge("no_secret_in_clear_text", "TEMPLATE", props) == []
