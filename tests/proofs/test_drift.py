"""What others change or delete is shown by a refresh and mended by `up`; rules that a template made, by `verify`.

Every kind of object and, for rules, every class of field, through the services' own calls, all in one stack.
"""

import json
import re

import pytest

from flowvigil.provisioner import objects as o

pytestmark = pytest.mark.engine

SPEC = """\
flow: poem-generator
owner: assistant-team
alarms:
  p95: {warning: 5s, critical: 8s}
  p95_drift: {signal: p95, warning: 4s, period: 5m, for: 30m}
  p90: {warning: 4s, period: 5m}
  p50: {warning: 3s, period: 5m}
  no_runs: {warning: 2h}
"""
MOVING = {"CreateTime", "UpdateTime", "createTime", "lastModifyTime", "GmtCreate", "GmtModified", "CreateDate"}
MOVING |= {"RestVersion", "Versions", "DefaultVersion", "UpdateDate", "AttachDate", "RoleId", "TemplateId", "GroupId"}
MOVING |= {"lastModifiedTime", "GmtUpdate", "Next", "RuleId"}


@pytest.fixture(scope="module")
def site(make_site):
    made = make_site(flowvigil__reporterRole="ecs")
    made.write("monitors/poem-generator.yaml", SPEC)
    code, printed = made.up()
    assert code == 0, printed
    return made


def one(site, kind, part=""):
    return next(one for one in site.target.plan.objects if isinstance(one, kind) and part in one.key)


def rule(site, part, **change):
    """Write a direct rule anew with one field changed."""
    wanted = one(site, o.Rule, part)
    (live,) = site.rpc("DescribeMetricRuleList", RuleIds=wanted.rule_id)["Alarms"]["Alarm"]
    kept = ("RuleId", "RuleName", "Namespace", "MetricName", "ContactGroups", "Resources", "EffectiveInterval")
    kept += ("Period", "Interval", "SilenceTime", "NoDataPolicy", "SendOK", "Webhook")
    fields = {name: live[name] for name in kept if live.get(name) not in (None, "")}
    fields |= {
        "Labels": live["Labels"]["Labels"],
        "Escalations": live["Escalations"],
        "EmailSubject": live["MailSubject"],
    }
    site.rpc("PutResourceMetricRule", **{**fields, **change})
    return wanted.key


def level(threshold):
    told = {"Statistics": "Maximum", "ComparisonOperator": "GreaterThanThreshold", "Threshold": threshold, "Times": "6"}
    return {"Warn": told}


def change_contact(site):
    wanted = one(site, o.Contact)
    channels = {"DingWebHook": "https://oapi.dingtalk.com/robot/send?access_token=elsewhere"}
    site.rpc("PutContact", ContactName=wanted.name, Describe="mine now", Channels=channels)
    return wanted.key


def change_contact_group(site):
    wanted = one(site, o.ContactGroup)
    site.rpc("PutContactGroup", ContactGroupName=wanted.name, Describe=wanted.describe, ContactNames=["stranger"])
    return wanted.key


def change_monitor_group(site):
    wanted = one(site, o.MonitorGroup)
    site.rpc(
        "ModifyMonitorGroup", GroupId=number(site, "monitor_group"), GroupName=wanted.name, ContactGroups="stranger"
    )
    return wanted.key


def change_template(site):
    template = number(site, "template")
    live = site.rpc("DescribeMetricRuleTemplateAttribute", TemplateId=template)["Resource"]
    rules = live["AlertTemplates"]["AlertTemplate"]
    site.rpc("ModifyMetricRuleTemplate", TemplateId=template, RestVersion=live["RestVersion"], AlertTemplates=rules[:1])
    return one(site, o.Template).key


def change_project(site):
    wanted = one(site, o.LogProject)
    site.sls("PUT", wanted.name, "/", {"projectName": wanted.name, "description": "mine now"})
    return wanted.key


def change_store(site):
    wanted = one(site, o.LogStore)
    path = f"/logstores/{wanted.name}"
    site.sls("PUT", wanted.project, path, {**site.sls("GET", wanted.project, path), "ttl": 3})
    return wanted.key


def change_index(site):
    wanted = one(site, o.LogIndex)
    path = f"/logstores/{wanted.logstore}/index"
    live = site.sls("GET", wanted.project, path)
    site.sls("PUT", wanted.project, path, {**live, "keys": dict(list(live["keys"].items())[1:])})
    return wanted.key


def change_dashboard(site):
    wanted = one(site, o.Dashboard, "poem-generator")
    path = f"/dashboards/{wanted.name}"
    live = site.sls("GET", wanted.project, path)
    site.sls("PUT", wanted.project, path, {**live, "charts": live["charts"][1:]})
    return wanted.key


def change_log_alert(site):
    wanted = one(site, o.LogAlert)
    path = f"/jobs/{wanted.name}"
    live = site.sls("GET", wanted.project, path)
    site.sls("PUT", wanted.project, path, {**live, "configuration": {**live["configuration"], "threshold": 9}})
    return wanted.key


def change_record(site):
    wanted = one(site, o.LogRecord, "notify")
    value = json.dumps({**json.loads(wanted.value), "primary_policy_script": "stop()"})
    path = f"/resources/{wanted.table}/records/{wanted.record_id}"
    site.sls("PUT", "", path, {"id": wanted.record_id, "tag": wanted.tag, "value": value})
    return wanted.key


def change_policy(site):
    wanted = one(site, o.RamPolicy, "reporter")
    document = json.loads(wanted.document)
    document["Statement"] = [{"Effect": "Allow", "Action": ["ecs:DeleteInstance"], "Resource": ["*"]}]
    told = {"PolicyName": wanted.name, "PolicyDocument": json.dumps(document), "SetAsDefault": "true"}
    site.rpc("CreatePolicyVersion", "ram", **told)
    return wanted.key


def change_role(site):
    wanted = one(site, o.RamRole)
    everybody = wanted.trust.replace("ecs.aliyuncs.com", "fc.aliyuncs.com")
    site.rpc("UpdateRole", "ram", RoleName=wanted.name, NewAssumeRolePolicyDocument=everybody)
    return wanted.key


def detach(site):
    wanted = one(site, o.RamAttachment)
    site.rpc("DetachPolicyFromRole", "ram", PolicyType="Custom", PolicyName=wanted.policy, RoleName=wanted.role)
    return wanted.key


def disable(site):
    wanted = one(site, o.Rule, "no_runs")
    site.rpc("DisableMetricRules", RuleId=[wanted.rule_id])
    return wanted.key


def number(site, kind):
    """The cloud's own number of the only object of a kind."""
    (found,) = site.objects()[kind]
    return found


CHANGES = {
    "contact": change_contact,
    "contact group": change_contact_group,
    "application group": change_monitor_group,
    "template": change_template,
    "threshold": lambda site: rule(site, "p95_drift", Escalations=level("999")),
    "silence, hours and labels": lambda site: rule(
        site, "p90", SilenceTime=86400, EffectiveInterval="09:00-10:00", Labels=[{"Key": "owner", "Value": "nobody"}]
    ),
    "period, no-data policy and recovery": lambda site: rule(
        site, "p50", Period="600", Interval="600", NoDataPolicy="OK", SendOK=False, EmailSubject="hi"
    ),
    "switched off": disable,
    "project": change_project,
    "store": change_store,
    "index": change_index,
    "dashboard": change_dashboard,
    "log alert": change_log_alert,
    "record": change_record,
    "policy": change_policy,
    "role": change_role,
    "attachment": detach,
}


@pytest.fixture(scope="module")
def changed(site):
    """Everything changed at once: what was before, the keys by what was changed, what the preview and `up` said."""
    before = settled(site)
    keys = {name: change(site) for name, change in CHANGES.items()}
    preview = site.preview("--refresh", "--expect-no-changes")
    return before, keys, preview, site.up("--refresh")


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_others_is_shown(changed, what):
    _, keys, (code, printed), _ = changed
    assert code == 1
    assert any(keys[what] in line and line.split()[:1] in (["~"], ["+"]) for line in printed.splitlines()), printed


def test_up_mends_every_change_of_others(site, changed):
    before, _, _, (code, printed) = changed
    assert code == 0, printed
    assert differences(before, settled(site)) == {}


@pytest.fixture(scope="module")
def deleted(site, changed):
    """Everything deleted at once."""
    before = settled(site)
    for rule_id in site.objects()["rule"]:
        site.rpc("DeleteMetricRules", Id=[rule_id])
    site.rpc("DeleteMetricRuleTemplate", TemplateId=number(site, "template"))
    site.rpc("DeleteMonitorGroup", GroupId=number(site, "monitor_group"))
    for group in site.objects()["contact_group"]:
        site.rpc("DeleteContactGroup", ContactGroupName=group)
    for contact in site.objects()["contact"]:
        site.rpc("DeleteContact", ContactName=contact)
    detach(site)
    for policy, body in site.objects()["ram_policy"].items():
        for version in {each["VersionId"] for each in body["Versions"]} - {body["DefaultVersion"]}:
            site.rpc("DeletePolicyVersion", "ram", PolicyName=policy, VersionId=version)
        site.rpc("DeletePolicy", "ram", PolicyName=policy)
    site.rpc("DeleteRole", "ram", RoleName=one(site, o.RamRole).name)
    for record in [each for each in site.target.plan.objects if isinstance(each, o.LogRecord)]:
        site.sls("DELETE", "", f"/resources/{record.table}/records?ids={record.record_id}")
    site.sls("DELETE", one(site, o.LogProject).name, "/")
    return before, site.preview("--refresh", "--expect-no-changes"), site.up("--refresh")


def test_everything_that_others_deleted_is_shown(site, deleted):
    _, (code, printed), _ = deleted
    assert code == 1
    shown = {line.split()[2] for line in printed.splitlines() if line.startswith(" +")}
    assert {each.key for each in site.target.plan.objects} <= shown


def test_up_makes_again_what_others_deleted(site, deleted):
    before, _, (code, printed) = deleted
    assert code == 0, printed
    assert differences(before, settled(site)) == {}


@pytest.fixture(scope="module")
def rules_of_templates(site, deleted):
    """Of the rules that the template made, one is changed and one deleted; the provider sees neither."""
    direct = {each.rule_id for each in site.target.plan.objects if isinstance(each, o.Rule)}
    changed, gone = [made for made in site.door("rules") if made["RuleId"] not in direct][:2]
    site.rpc("DisableMetricRules", RuleId=[changed["RuleId"]])
    site.rpc("DeleteMetricRules", Id=[gone["RuleId"]])
    return changed, gone, site.verify(), site.verify("--repair")


def test_a_refresh_cannot_see_the_rules_that_a_template_made(site, rules_of_templates):
    code, printed = site.refresh()
    assert code == 0, printed


def test_verify_shows_them_by_flow_and_rule(rules_of_templates):
    changed, gone, (code, printed), _ = rules_of_templates
    assert code == 1
    assert f"poem-generator: {changed['RuleName']}: EnableState is False, planned is True" in printed
    assert f"poem-generator: {gone['RuleName']}: the template" in printed
    assert "2 findings; repair them with: flowvigil verify --repair" in printed


def test_verify_repair_mends_them(site, rules_of_templates):
    code, printed = rules_of_templates[3]
    assert code == 0, printed
    assert site.verify()[0] == 0


def settled(site):
    """(kind, name, field) -> value of all that the cloud holds, but for what it numbers, counts or stamps."""
    return {
        (kind, body.get("RuleName") or body.get("Name") or body.get("GroupName") or key, field): _unnumbered(value)
        for kind, by_key in site.objects().items()
        for key, body in by_key.items()
        for field, value in body.items()
        if field not in MOVING
    }


def _unnumbered(value):
    return re.sub(r'("groupId": ?")[1-9][0-9]*"', r'\1N"', value) if isinstance(value, str) else value


def differences(before, after):
    return {key: (before.get(key), after.get(key)) for key in before | after if before.get(key) != after.get(key)}
