"""PutCustomMetricRule: the rule API that is documented for custom metrics, one level to a rule."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.cms import rule_models as models
from flowvigil.emulator.cms.errors import invalid, missing
from flowvigil.emulator.cms.series import is_reported
from flowvigil.emulator.registry import rpc

SYMBOLS = {
    ">=": "GreaterThanOrEqualToThreshold",
    ">": "GreaterThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "!=": "NotEqualToThreshold",
    "=": "EqualToThreshold",
}
LEVELS = {"CRITICAL": "Critical", "WARN": "Warn", "INFO": "Info"}
NEEDED = "RuleId MetricName Resources ContactGroups Level Statistics ComparisonOperator Threshold EvaluationCount"
COPIED = "MetricName ContactGroups Resources EffectiveInterval Period SilenceTime Webhook EmailSubject"


@rpc("cms", "PutCustomMetricRule", source="API PutCustomMetricRule", mutates=True, resource=("RuleId",))
def put(call: Call) -> dict[str, Any]:
    for name in NEEDED.split():
        call.must(name)
    level, operator = LEVELS.get(call.text("Level")), SYMBOLS.get(call.text("ComparisonOperator"))
    if level is None or operator is None:
        raise invalid(f"Level is one of {', '.join(LEVELS)}, ComparisonOperator one of {' '.join(SYMBOLS)}.")
    for resource in models.resources(call.text("Resources")):
        if not is_reported(call.tenant, call.text("MetricName"), str(resource.get("groupId", "0"))):
            raise missing(f"metric {call.text('MetricName')}: data must be reported before a rule is made")
    fields: dict[str, Any] = {name: call.text(name) for name in COPIED.split()}
    fields["RuleName"] = call.text("RuleName") or call.text("RuleId")
    fields["Namespace"] = call.tenant.namespace
    fields["EffectiveInterval"] = call.text("EffectiveInterval") or models.ALL_DAY
    fields["Dimensions"] = call.text("Resources")
    fields["Escalations"] = {
        level: {
            "Statistics": call.text("Statistics"),
            "ComparisonOperator": operator,
            "Threshold": call.text("Threshold"),
            "Times": call.text("EvaluationCount"),
        }
    }
    models.put(call.tenant, call.text("RuleId"), fields, models.DIRECT, call.text("GroupId"))
    return {}
