"""Each rule of the policy pack: what passes, what violates, and the exact message."""

import json

import pytest
from pulumi_policy import ResourceValidationArgs

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


@pytest.mark.parametrize(("head", "passes"), [(31, True), (30, False)])
def test_a_name_that_was_shortened_within_the_stack_prefix_passes(pack, head, passes):
    project, messages = "assistant-of-the-customer-service", []
    name = f"{project[:head]}-6b0252f4"
    urn = f"urn:pulumi:production::{project}::type::it"
    args = ResourceValidationArgs(pack.CONTACT, {"alarmContactName": name}, urn, "it", None, None, {})
    pack.names_say_whose_they_are(args, messages.append)
    assert (messages == []) is passes


def test_a_name_passes_whose_service_takes_fewer_characters_than_the_stacks(pack):
    messages, urn = [], "urn:pulumi:prod.eu::my_flows::type::it"
    args = ResourceValidationArgs(pack.RAM_ROLE, {"roleName": "my-flows-prod-eu-x"}, urn, "it", None, None, {})
    pack.names_say_whose_they_are(args, messages.append)
    assert messages == []


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


def test_a_value_that_the_cloud_will_decide_is_not_judged(judge):
    from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

    props = unknown_checking_proxy({"groupId": UNKNOWN_STRING_VALUE, "description": "fine"})
    assert judge("no_secret_in_clear_text", "TEMPLATE", props) == []


LEVEL = {"statistics": "Maximum", "comparisonOperator": "GreaterThanThreshold", "threshold": "5", "times": 3}
OURS = "acs_customMetric_1000000000000001"


def test_a_critical_rule_that_needs_ten_minutes_passes(judge):
    assert judge("critical_is_judged_soon", "RULE", {"period": "60", "escalations": {"critical": {"times": 10}}}) == []


def test_a_critical_rule_that_needs_two_hours_violates(judge):
    props = {"ruleName": "poem p95", "period": "300", "escalations": {"critical": {"times": 24}}}
    assert judge("critical_is_judged_soon", "RULE", props) == [
        "poem p95 is critical only after 7200 s; at most 3600 s are allowed. Shorten `for:` in the spec."
    ]


def test_a_rule_that_waits_for_six_hours_of_silence_passes(judge):
    silence = {"comparisonOperator": "LessThanThreshold", "times": 360}
    assert judge("critical_is_judged_soon", "RULE", {"period": "60", "escalations": {"critical": silence}}) == []


def test_a_template_rule_is_judged_a_minute_at_a_time(judge):
    late = {"ruleName": "poem p95", "escalations": {"critical": {"times": "61"}}}
    assert len(judge("critical_is_judged_soon", "TEMPLATE", {"alertTemplates": [late]})) == 1


def test_a_log_alert_without_an_action_policy_violates(judge):
    assert judge("someone_is_notified", "LOG_ALERT", {"alertName": "acme-prod-poem", "policyConfiguration": {}}) == [
        "acme-prod-poem notifies nobody. Give the flow an owner with routes, or `notify:`."
    ]


@pytest.mark.parametrize(
    "hours", ["00:00-23:59 +0800 dayofweek 1,2,3,4,5,6,7", "22:00-06:00 +0800 dayofweek 5", "09:00-20:00", ""]
)
def test_hours_that_hold_a_minute_pass(judge, hours):
    assert judge("an_alarm_can_fire", "RULE", {"effectiveInterval": hours}) == []


@pytest.mark.parametrize("hours", ["09:00-09:00 +0800 dayofweek 1", "09:00-20:00 +0800 dayofweek ", "whenever"])
def test_empty_hours_violate(judge, hours):
    assert judge("an_alarm_can_fire", "RULE", {"effectiveInterval": hours}) == [
        f"it can never fire: its hours are {hours!r}. Widen `hours:` in the spec."
    ]


def test_hours_that_are_wholly_excluded_violate(judge):
    props = {"effectiveInterval": "09:00-20:00 +0800 dayofweek 1", "noEffectiveInterval": "00:00-23:59 +0800"}
    assert len(judge("an_alarm_can_fire", "RULE", props)) == 1


def test_hours_that_are_excluded_on_other_days_pass(judge):
    excluded = "00:00-23:59 +0800 dayofweek 6,7"
    props = {"effectiveInterval": "09:00-20:00 +0800 dayofweek 1", "noEffectiveInterval": excluded}
    assert judge("an_alarm_can_fire", "RULE", props) == []


def test_a_template_whose_hours_end_before_they_begin_violates(judge):
    props = {"metricRuleTemplateName": "acme-prod-t", "enableStartTime": "22", "enableEndTime": "06"}
    assert judge("an_alarm_can_fire", "TEMPLATE", props) == [
        "acme-prod-t can never fire: its hours are 22 to 6. Use `rules: direct` for a night."
    ]


def test_a_statistic_that_a_custom_metric_lacks_violates(judge):
    props = {"namespace": OURS, "ruleName": "poem", "escalations": {"warn": {**LEVEL, "statistics": "P97"}}}
    assert judge("statistics_fit_the_carrier", "RULE", props) == [
        "the warn level of poem reads P97, which a custom metric does not have."
    ]


def test_equality_in_a_template_violates(judge):
    equal = {**LEVEL, "comparisonOperator": "EqualToThreshold"}
    rules = [{"namespace": OURS, "ruleName": "poem", "escalations": {"info": equal}}]
    assert judge("statistics_fit_the_carrier", "TEMPLATE", {"alertTemplates": rules}) == [
        "the info level of poem compares with EqualToThreshold, which a template may not. Use `rules: direct`."
    ]


def test_equality_in_a_direct_rule_passes(judge):
    equal = {**LEVEL, "comparisonOperator": "EqualToThreshold"}
    assert judge("statistics_fit_the_carrier", "RULE", {"namespace": OURS, "escalations": {"info": equal}}) == []


def test_statistics_of_cloud_products_are_their_own(judge):
    props = {"namespace": "acs_ecs_dashboard", "escalations": {"warn": {**LEVEL, "statistics": "Value"}}}
    assert judge("statistics_fit_the_carrier", "RULE", props) == []


def labels(*names):
    return {"labels": [{"key": name, "value": "x"} for name in names]}


def test_a_rule_without_the_hash_of_its_slice_violates(judge):
    assert judge("rules_say_their_slice", "RULE", labels("owner")) == [
        "it has no label slice. Say so in the spec; flowvigil writes the labels."
    ]


def test_the_rule_that_watches_the_relay_belongs_to_no_slice(judge):
    assert judge("rules_say_their_slice", "RULE", {}, name="relay.alive") == []


def test_a_rule_without_owner_and_runbook_violates(judge):
    assert judge("rules_say_owner_and_runbook", "RULE", labels("slice")) == [
        "it has no label owner, runbook. Say so in the spec; flowvigil writes the labels."
    ]


def test_an_empty_label_is_none(judge):
    empty = {"labels": [{"key": "owner", "value": "a"}, {"key": "runbook", "value": ""}]}
    assert len(judge("rules_say_owner_and_runbook", "RULE", empty)) == 1


def test_the_labels_asked_for_are_configurable(judge):
    assert judge("rules_say_owner_and_runbook", "RULE", labels("owner"), {"labels": ["owner"]}) == []


def test_a_rule_that_keeps_its_end_to_itself_violates(judge):
    assert judge("recovery_is_told", "RULE", {"sendOk": False}) == ["it does not tell when it is over. Set sendOk."]


def test_a_rule_that_tells_its_end_passes(judge):
    assert judge("recovery_is_told", "RULE", {"sendOk": True}) == []


def test_missing_data_taken_for_health_violates(judge):
    assert judge("missing_data_is_not_health", "RULE", {"noDataPolicy": "OK"}) == [
        "it takes missing data for health. Use KEEP_LAST_STATE or INSUFFICIENT_DATA."
    ]


def test_missing_data_that_keeps_the_state_passes(judge):
    assert judge("missing_data_is_not_health", "RULE", {"noDataPolicy": "KEEP_LAST_STATE"}) == []


@pytest.mark.parametrize("who", ["*", {"RAM": ["*"]}, {"RAM": "acs:ram::*:root"}])
def test_a_role_for_anybody_violates(judge, who):
    document = json.dumps({"Statement": [{"Action": "sts:AssumeRole", "Principal": who}]})
    assert judge("roles_trust_somebody_known", "RAM_ROLE", {"assumeRolePolicyDocument": document}) == [
        "role it may be assumed by anybody. Name a service, an account or an OIDC provider."
    ]


def test_a_role_for_a_service_passes(judge):
    document = json.dumps({"Statement": [{"Principal": {"Service": ["ecs.aliyuncs.com"]}}]})
    assert judge("roles_trust_somebody_known", "RAM_ROLE", {"assumeRolePolicyDocument": document}) == []


def test_an_account_outside_the_list_violates(judge):
    assert judge("account_is_allowed", "RULE", {"namespace": OURS}, {"accounts": ["2"]}) == [
        "it belongs to account 1000000000000001, which is not allowed."
    ]


@pytest.mark.parametrize("config", [{}, {"accounts": ["1000000000000001"]}])
def test_an_account_of_the_list_passes_and_so_does_any_without_one(judge, config):
    assert judge("account_is_allowed", "RULE", {"namespace": OURS}, config) == []


@pytest.mark.parametrize("namespace", ["acs_ecs_dashboard", f"of_{OURS}"])
def test_rules_on_metrics_of_nobodys_own_belong_to_no_account(judge, namespace):
    assert judge("account_is_allowed", "RULE", {"namespace": namespace}, {"accounts": ["2"]}) == []


def test_a_region_outside_the_list_violates(judge):
    assert judge("region_is_allowed", "LOG_STORE", {}, {"regions": ["cn-hangzhou"]}, region="us-west-1") == [
        "it would be made in us-west-1, which is not allowed."
    ]


@pytest.mark.parametrize("region", ["cn-hangzhou", "cn-heyuan"])
def test_the_listed_region_passes_and_so_does_that_of_alert_records(judge, region):
    assert judge("region_is_allowed", "LOG_RECORD", {}, {"regions": ["cn-hangzhou"]}, region=region) == []


@pytest.mark.parametrize("days", [3, 3650])
def test_logs_kept_too_short_or_too_long_violate(judge, days):
    assert judge("logs_are_kept_long_enough", "LOG_STORE", {"retentionPeriod": days}) == [
        f"it keeps logs for {days} days; 7 to 365 are allowed. Set flowvigil:retentionDays."
    ]


def test_logs_kept_a_month_pass(judge):
    assert judge("logs_are_kept_long_enough", "LOG_STORE", {"retentionPeriod": 30}) == []


def test_logs_that_would_go_with_their_stack_violate(judge):
    assert judge("log_projects_are_protected", "LOG_PROJECT", {}, {"protected": False}) == [
        "it would be deleted with the stack. Leave flowvigil:protect on where logs are real."
    ]


@pytest.mark.parametrize("config", [{}, {"protected": True}])
def test_logs_that_outlive_their_stack_pass(judge, config):
    assert judge("log_projects_are_protected", "LOG_STORE", {}, config) == []


URGENT = {"escalations": {"critical": LEVEL}, "metricAlarmRuleId": "acme-prod-x"}


def test_a_critical_rule_that_tells_only_a_chat_violates(judge_stack):
    chat = ("RULE", {**URGENT, "contactGroups": "acme-prod-chat,acme-prod-mail"}, ())
    assert judge_stack("critical_reaches_someone_on_call", [chat]) == [
        "acme-prod-x is critical and tells only acme-prod-chat, acme-prod-mail; none of them is on call."
    ]


def test_a_critical_rule_that_tells_the_on_call_group_passes(judge_stack):
    assert judge_stack("critical_reaches_someone_on_call", [("RULE", {**URGENT, "contactGroups": "oncall"}, ())]) == []


def test_an_alarm_whose_rules_share_the_telling_passes_if_one_of_them_reaches_the_on_call_group(judge_stack):
    shared = {"escalations": {"critical": LEVEL}, "metricName": "p95", "labels": [{"key": "slice", "value": "1f"}]}
    rules = [("RULE", {**shared, "contactGroups": groups}, ()) for groups in ("acme-prod-chat", "oncall")]
    assert judge_stack("critical_reaches_someone_on_call", rules) == []


def test_another_alarm_of_the_flow_does_not_speak_for_this_one(judge_stack):
    labels = {"labels": [{"key": "slice", "value": "1f"}], "escalations": {"critical": LEVEL}}
    p95 = ("RULE", {**labels, "metricName": "p95", "contactGroups": "oncall"}, ())
    rate = ("RULE", {**labels, "metricName": "rate", "contactGroups": "chat", "metricAlarmRuleId": "r"}, ())
    assert judge_stack("critical_reaches_someone_on_call", [p95, rate]) == [
        "r is critical and tells only chat; none of them is on call."
    ]


def test_a_critical_template_is_judged_by_its_monitor_group(judge_stack):
    group = ("MONITOR_GROUP", {"contactGroups": ["acme-prod-chat"]})
    template = ("TEMPLATE", {"alertTemplates": [URGENT], "metricRuleTemplateName": "acme-prod-t"}, (group,))
    assert judge_stack("critical_reaches_someone_on_call", [template]) == [
        "acme-prod-t is critical and tells only acme-prod-chat; none of them is on call."
    ]


def test_what_counts_as_on_call_is_configurable(judge_stack):
    duty = ("RULE", {**URGENT, "contactGroups": "值班"}, ())
    assert judge_stack("critical_reaches_someone_on_call", [duty], {"pattern": "值班"}) == []


def test_a_stack_that_loses_thirty_rules_at_once_violates(judge_stack):
    left = [("RULE", {}, ()), ("TEMPLATE", {"alertTemplates": [{}, {}]}, ())]
    assert judge_stack("alarms_do_not_vanish_at_once", left, {"before": 33}) == [
        "33 rules would become 3; at most 20 may vanish at once. Remove them in steps."
    ]


@pytest.mark.parametrize("before", [21, 0])
def test_a_stack_that_loses_few_rules_or_is_new_passes(judge_stack, before):
    assert judge_stack("alarms_do_not_vanish_at_once", [("RULE", {}, ())], {"before": before}) == []


def test_templates_that_nobody_reads_back_violate(judge_stack):
    assert judge_stack("templates_are_verified", [("TEMPLATE", {}, ())]) == [
        "1 templates are applied and nothing reads their rules back. Run flowvigil verify afterwards."
    ]


def test_templates_that_are_read_back_pass(judge_stack):
    assert judge_stack("templates_are_verified", [("TEMPLATE", {}, ())], {"verified": True}) == []
