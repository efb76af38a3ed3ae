"""Rule templates on the wire."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.cms import template_models as models
from flowvigil.emulator.cms.contact_responses import paged
from flowvigil.emulator.cms.errors import invalid
from flowvigil.emulator.cms.rule_responses import escalations
from flowvigil.emulator.registry import rpc

PROVIDER = "provider source 1.285.0"


@rpc("cms", "CreateMetricRuleTemplate", source="API CreateMetricRuleTemplate", mutates=True, resource=("Name",))
def create(call: Call) -> dict[str, Any]:
    number = models.create(call.tenant, call.must("Name"), call.text("Description"), _rules(call))
    return {"Code": 200, "Id": number}


@rpc("cms", "ModifyMetricRuleTemplate", source="API ModifyMetricRuleTemplate", mutates=True, resource=("TemplateId",))
def modify(call: Call) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in ("Name", "Description"):
        if name in call.params:
            changes[name] = call.text(name)
    if "AlertTemplates" in call.params:
        changes["AlertTemplates"] = _rules(call)
    models.modify(call.tenant, call.must("TemplateId"), call.must("RestVersion"), changes)
    return {"Code": 200}


@rpc("cms", "DescribeMetricRuleTemplateAttribute", source=PROVIDER, resource=("TemplateId",))
def attribute(call: Call) -> dict[str, Any]:
    body = models.must(call.tenant, call.must("TemplateId"))
    shown = {"Name": body["Name"], "Description": body["Description"], "RestVersion": str(body["RestVersion"])}
    rules = {"AlertTemplate": body["AlertTemplates"]}
    return {"Code": 200, "Resource": {**shown, "TemplateId": str(body["TemplateId"]), "AlertTemplates": rules}}


@rpc("cms", "DescribeMetricRuleTemplateList", source="SDK 4.0.10 models", resource=("Keyword",))
def listing(call: Call) -> dict[str, Any]:
    page, total = paged(call, models.find(call.tenant, call.text("Keyword")))
    shown = [{name: value for name, value in body.items() if name != "AlertTemplates"} for body in page]
    return {"Code": 200, "Total": total, "Templates": {"Template": shown}}


@rpc("cms", "DeleteMetricRuleTemplate", source=PROVIDER, mutates=True, resource=("TemplateId",))
def delete(call: Call) -> dict[str, Any]:
    body = models.delete(call.tenant, call.must("TemplateId"))
    return {"Code": 200, "Resource": {"TemplateId": body["TemplateId"]}}


@rpc(
    "cms",
    "ApplyMetricRuleTemplate",
    source="API ApplyMetricRuleTemplate",
    mutates=True,
    resource=("TemplateIds", "GroupId"),
)
def apply(call: Call) -> dict[str, Any]:
    options = {
        "ApplyMode": _one_of(call, "ApplyMode", ("GROUP_INSTANCE_FIRST", "ALARM_TEMPLATE_FIRST")),
        "AppendMode": _one_of(call, "AppendMode", ("all", "append")),
        "SilenceTime": call.text("SilenceTime") or "86400",
        "Webhook": call.text("Webhook"),
        "EnableStartTime": _hour(call, "EnableStartTime", "00"),
        "EnableEndTime": _hour(call, "EnableEndTime", "23"),
    }
    if call.text("NotifyLevel", "4") not in ("2", "3", "4"):
        raise invalid("NotifyLevel is 2, 3 or 4.")
    keys = [key for key in call.must("TemplateIds").split(",") if key]
    outcomes = models.apply(call.tenant, keys, call.must("GroupId"), options)
    return {"Code": 200, "Resource": {"GroupId": int(call.text("GroupId")), "AlertResults": outcomes}}


def _one_of(call: Call, name: str, values: tuple[str, ...]) -> str:
    value = call.text(name) or values[0]
    if value not in values:
        raise invalid(f"{name} is one of {', '.join(values)}.")
    return value


def _hour(call: Call, name: str, default: str) -> str:
    value = call.text(name) or default
    if not value.isdecimal() or int(value) > 23:
        raise invalid(f"{name} is an hour from 00 to 23.")
    return f"{int(value):02d}"


def _rules(call: Call) -> list[dict[str, Any]]:
    """The template's rules; strings stay exactly as written, parts that were not written do not appear."""
    found = []
    for rule in call.items("AlertTemplates"):
        if not isinstance(rule, dict):
            raise invalid("AlertTemplates.N.<field> is expected.")
        levels = escalations(rule.get("Escalations"))
        kept = {name: value for name, value in rule.items() if name != "Escalations" and isinstance(value, str)}
        found.append({**kept, "Escalations": levels} if levels else kept)
    return found
