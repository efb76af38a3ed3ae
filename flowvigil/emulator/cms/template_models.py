"""Rule templates, and the rules that applying one to a monitor group makes."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.cms import group_models, rule_models
from flowvigil.emulator.cms.errors import invalid, missing, quota
from flowvigil.emulator.cms.series import dimensions_of
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

KIND = "template"


def create(tenant: Tenant, name: str, description: str, rules: list[Body]) -> int:
    """Make a template and return its number; its name is unique in the account (assumed)."""
    known = tenant.all(KIND)
    if any(body["Name"] == name for body in known.values()):
        raise CloudError(400, "ResourceConflict", f"A template called {name} exists already.")
    limit = tenant.switches.number("template_quota")
    if len(known) >= limit:
        raise quota("templates", limit)
    check(tenant, rules)
    number = tenant.state.next("template", 20_001)
    body = {"TemplateId": number, "Name": name, "Description": description, "AlertTemplates": rules}
    tenant.put(KIND, str(number), {**body, "RestVersion": 0, "GmtCreate": tenant.now(), "GmtModified": tenant.now()})
    return number


def check(tenant: Tenant, rules: list[Body]) -> None:
    """Refuse what a template cannot hold."""
    limit = tenant.switches.number("template_rules")
    if len(rules) > limit:
        raise quota("rules of a template", limit)
    for rule in rules:
        for field in ("RuleName", "MetricName", "Namespace", "Category"):
            if not rule.get(field):
                raise invalid(f"AlertTemplates.N.{field} is mandatory.")
        if rule["Namespace"].startswith("acs_customMetric_") and tenant.switches["template_custom_metrics"] == "refuse":
            raise invalid(f"Category {rule['Category']}: custom metrics cannot be used in a template.")
        for level, escalation in rule.get("Escalations", {}).items():
            rule_models.check_escalation(level, escalation)
            if escalation["ComparisonOperator"] == "EqualToThreshold":
                raise invalid("EqualToThreshold is not allowed in a template.")


def must(tenant: Tenant, key: str) -> Body:
    """The template, or the error of one that is not there."""
    body = tenant.get(KIND, key)
    if body is None:
        raise missing(f"template {key}")
    return body


def modify(tenant: Tenant, key: str, version: str, changes: Body) -> None:
    """Change a template; `version` must be the present one, and grows (optimistic lock)."""
    body = must(tenant, key)
    if version != str(body["RestVersion"]):
        raise CloudError(400, "ResourceConflict", f"RestVersion is {body['RestVersion']}, not {version}.")
    check(tenant, changes.get("AlertTemplates", []))
    tenant.put(KIND, key, {**body, **changes, "RestVersion": body["RestVersion"] + 1, "GmtModified": tenant.now()})


def delete(tenant: Tenant, key: str) -> Body:
    """Remove a template; the rules it made stay (assumed)."""
    body = must(tenant, key)
    tenant.drop(KIND, key)
    return body


def find(tenant: Tenant, keyword: str) -> list[Body]:
    return [body for body in tenant.all(KIND).values() if keyword in body["Name"]]


def apply(tenant: Tenant, keys: list[str], group: str, options: dict[str, str]) -> list[Body]:
    """Make the rules of templates for a group; the outcome of each rule.

    All of the group's template-made rules go first, unless AppendMode is `append`.
    A rule that the service would refuse is left out and told in its outcome, the others are made.
    """
    found = group_models.must(tenant, group)
    wanted = [
        ({**rule, "TemplateId": key}, f"applyTemplate{key}-{group}-{number}")
        for key in keys
        for number, rule in enumerate(must(tenant, key)["AlertTemplates"])
    ]
    if options["AppendMode"] == "all":
        old = rule_models.find(tenant, [], {"GroupId": group, "SourceType": rule_models.OF_TEMPLATE})
        rule_models.delete(tenant, [rule["RuleId"] for rule in old])
    return [_make(tenant, found, rule, rule_id, options) for rule, rule_id in wanted]


def _make(tenant: Tenant, group: Body, rule: Body, rule_id: str, options: dict[str, str]) -> Body:
    number = str(group["GroupId"])
    series = dimensions_of(tenant, rule["MetricName"], number)
    if not series and options["ApplyMode"] == "GROUP_INSTANCE_FIRST":
        return {"RuleName": rule["RuleName"], "RuleId": rule_id, "Success": False, "Code": "404",
                "Message": "the group holds no instance of this metric"}  # fmt: skip
    named = [{"groupId": number, "dimension": text} for text in series] or [{"groupId": number}]
    text = json.dumps(named, separators=(",", ":"))
    fields: dict[str, Any] = {
        "RuleName": rule["RuleName"],
        "Namespace": rule["Namespace"],
        "MetricName": rule["MetricName"],
        "ContactGroups": ",".join(group["ContactGroups"]),
        "Resources": text,
        "Dimensions": text,
        "EffectiveInterval": f"{options['EnableStartTime']}:00-{options['EnableEndTime']}:59",
        "Period": rule.get("Period") or "60",
        "SilenceTime": options["SilenceTime"],
        "Webhook": options["Webhook"] or rule.get("Webhook", ""),
        "Escalations": rule.get("Escalations", {}),
        "EmailSubject": rule["RuleName"],
    }
    try:
        rule_models.put(tenant, rule_id, {**fields, "TemplateId": rule["TemplateId"]}, rule_models.OF_TEMPLATE, number)
    except CloudError as error:
        return {"RuleName": rule["RuleName"], "RuleId": rule_id, "Success": False, "Code": str(error.status),
                "Message": error.message}  # fmt: skip
    return {"RuleName": rule["RuleName"], "RuleId": rule_id, "Success": True, "Code": "202", "Message": "being created"}
