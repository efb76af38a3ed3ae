"""Alarm rules on the wire; the same list answers for rules of every origin."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.cms import group_models
from flowvigil.emulator.cms import rule_models as models
from flowvigil.emulator.cms.contact_responses import paged
from flowvigil.emulator.cms.errors import invalid, missing
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.registry import rpc

PROVIDER = "provider source 1.285.0"
PROMETHEUS = "acs_prometheus"
"""The one namespace whose rules name no series: their query does."""
PUT_FIELDS = [
    "RuleName",
    "Namespace",
    "MetricName",
    "ContactGroups",
    "Resources",
    "EffectiveInterval",
    "NoEffectiveInterval",
    "Period",
    "Interval",
    "SilenceTime",
    "NoDataPolicy",
    "Webhook",
    "EmailSubject",
]


@rpc("cms", "PutResourceMetricRule", source="API PutResourceMetricRule (114934)", mutates=True, resource=("RuleId",))
def put_resource_rule(call: Call) -> dict[str, Any]:
    for name in ("RuleId", "RuleName", "Namespace", "MetricName", "ContactGroups"):
        call.must(name)
    if call.text("Namespace") != PROMETHEUS:
        call.must("Resources")
    fields: dict[str, Any] = {name: call.text(name) for name in PUT_FIELDS}
    fields["SendOK"] = call.text("SendOK", "true").lower() == "true"
    fields["Escalations"] = escalations(call.params.get("Escalations"))
    fields["Labels"] = _pairs(call.items("Labels"))
    fields["Prometheus"] = _document(call.params.get("Prometheus"), "Prometheus")
    fields["CompositeExpression"] = _document(call.params.get("CompositeExpression"), "CompositeExpression")
    fields["EffectiveInterval"] = call.text("EffectiveInterval") or models.ALL_DAY
    series = models.resources(call.text("Resources"))
    fields["Dimensions"] = call.text("Resources")
    group = str(series[0].get("groupId", "")) if series else ""
    models.put(call.tenant, call.text("RuleId"), fields, models.DIRECT, "" if group == "0" else group)
    return {}


@rpc("cms", "PutGroupMetricRule", source=PROVIDER, mutates=True, resource=("RuleId",))
def put_group_rule(call: Call) -> dict[str, Any]:
    for name in ("RuleId", "RuleName", "Namespace", "MetricName", "GroupId"):
        call.must(name)
    group = group_models.must(call.tenant, call.text("GroupId"))
    fields: dict[str, Any] = {name: call.text(name) for name in PUT_FIELDS if name != "Resources"}
    fields["ContactGroups"] = call.text("ContactGroups") or ",".join(group["ContactGroups"])
    fields["EmailSubject"] = call.text("EmailSubject") or call.text("RuleName")
    fields["Escalations"] = escalations(call.params.get("Escalations"))
    old = models.find(call.tenant, [call.text("RuleId")], {})
    if old and call.tenant.switches["put_omitted"] == "keep":
        fields |= {name: old[0][name] for name in ("Period", "SilenceTime") if not call.text(name)}
    fields["Dimensions"] = f"[{call.text('ExtraDimensionJson')}]"
    fields["Resources"] = json.dumps([{"groupId": call.text("GroupId")}])
    models.put(call.tenant, call.text("RuleId"), fields, models.OF_GROUP, call.text("GroupId"))
    return {}


@rpc("cms", "DescribeMetricRuleList", source=f"{PROVIDER}; SDK 4.0.10 models", resource=("RuleIds",))
def describe(call: Call) -> dict[str, Any]:
    ids = [name for name in call.text("RuleIds").split(",") if name]
    names = ("RuleName", "Namespace", "MetricName", "GroupId", "AlertState")
    wanted = {name: call.text(name) for name in names if call.text(name)}
    if call.text("EnableState"):
        wanted["EnableState"] = call.text("EnableState").capitalize()
    page, total = paged(call, models.find(call.tenant, ids, wanted), page="Page")
    return {"Code": 200, "Total": str(total), "Alarms": {"Alarm": [_alarm(call, body) for body in page]}}


def _alarm(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in body.items() if name not in ("EmailSubject", "Prometheus")}
    group = call.tenant.get(group_models.KIND, str(body["GroupId"])) if body["GroupId"] else None
    text = body["Resources"]
    if call.tenant.switches["resources_text"] == "reserialised":
        text = (
            json.dumps(models.resources(text), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
            if text
            else ""
        )
    shown |= {
        "Resources": text,
        "MailSubject": body["EmailSubject"],
        "GroupName": group["GroupName"] if group else "",
        "Labels": {"Labels": body["Labels"]},
        "Escalations": {level: {**parts, "Times": int(parts["Times"])} for level, parts in body["Escalations"].items()},
        "CompositeExpression": _composite(body["CompositeExpression"]),
    }
    if body["Prometheus"]:
        annotations = body["Prometheus"].get("Annotations") or []
        shown["Prometheus"] = {**body["Prometheus"], "Annotations": {"Annotations": annotations}}
    return shown


def _composite(expression: dict[str, Any]) -> dict[str, Any]:
    if not expression:
        return {}
    listed = expression.get("ExpressionList") or []
    return {**expression, "ExpressionList": {"ExpressionList": listed}}


@rpc("cms", "EnableMetricRules", source=PROVIDER, mutates=True, resource=("RuleId",))
def enable(call: Call) -> dict[str, Any]:
    models.enable(call.tenant, [str(name) for name in call.items("RuleId")], enabled=True)
    return {}


@rpc("cms", "DisableMetricRules", source=PROVIDER, mutates=True, resource=("RuleId",))
def disable(call: Call) -> dict[str, Any]:
    models.enable(call.tenant, [str(name) for name in call.items("RuleId")], enabled=False)
    return {}


@rpc("cms", "DeleteMetricRules", source=PROVIDER, mutates=True, resource=("Id",))
def delete(call: Call) -> dict[str, Any]:
    models.delete(call.tenant, [str(name) for name in call.items("Id")])
    return {}


@rpc("cms", "DescribeMetricRuleTargets", source=PROVIDER, resource=("RuleId",))
def describe_targets(call: Call) -> dict[str, Any]:
    return {"Targets": {"Target": models.targets(call.tenant, call.must("RuleId"))}}


@rpc("cms", "PutMetricRuleTargets", source="API PutMetricRuleTargets", mutates=True, resource=("RuleId",))
def put_targets(call: Call) -> dict[str, Any]:
    wanted = call.items("Targets")
    for target in wanted:
        if not isinstance(target, dict) or not target.get("Id") or not target.get("Arn"):
            raise invalid("Targets.N.Id and Targets.N.Arn are mandatory.")
    models.put_targets(call.tenant, call.must("RuleId"), wanted)
    return {"FailData": {"Targets": {"Target": []}}}


@rpc("cms", "DeleteMetricRuleTargets", source=PROVIDER, mutates=True, resource=("RuleId",))
def delete_targets(call: Call) -> dict[str, Any]:
    if not models.find(call.tenant, [call.must("RuleId")], {}):
        raise missing(f"rule {call.text('RuleId')}")
    models.drop_targets(call.tenant, call.text("RuleId"), [str(name) for name in call.items("TargetIds")])
    return {"FailIds": {"TargetIds": {"TargetId": []}}}


def escalations(value: Any) -> dict[str, Any]:
    """The levels that are used: one whose parts are all empty is not there."""
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise invalid("Escalations.<level>.<part> is expected.")
    return {level: parts for level, parts in value.items() if not isinstance(parts, dict) or any(parts.values())}


def _pairs(labels: list[Any]) -> list[dict[str, str]]:
    if not all(isinstance(label, dict) for label in labels):
        raise invalid("Labels.N.Key and Labels.N.Value are expected.")
    return [{"Key": str(label.get("Key", "")), "Value": str(label.get("Value", ""))} for label in labels]


def _document(value: Any, name: str) -> dict[str, Any]:
    if value in (None, ""):
        return {}
    try:
        found = value if isinstance(value, dict) else parsed(value)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise invalid(f"{name} must be a JSON object.")
    return {key: inner for key, inner in found.items() if inner not in ("", None, [], {})}
