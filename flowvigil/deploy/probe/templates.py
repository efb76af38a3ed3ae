"""What rule templates take: custom metrics, and how many rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .bench import LEVEL, Answer, Bench
from .cleaning import Leftover
from .inquiry import Fact, inquiry
from .searching import largest

MADE_S, STEP_S = 60, 5
"""How long the rules of a template may take to appear, and how often to look, in seconds."""

PAGE_RULES = 200
"""Rules of one template by the API page; the user guide says 30."""


def harmless(bench: Bench, number: int, **change: Any) -> dict[str, Any]:
    """A rule that no instance of any product ever meets."""
    level = {**LEVEL, "Statistics": "Average", "Threshold": "1000000"}
    fields = {"Category": "ecs", "Namespace": "acs_ecs_dashboard", "MetricName": "CPUUtilization", "Period": "60"}
    return {**fields, "RuleName": f"{bench.prefix}-t{number}", "Escalations": {"Critical": level}, **change}


def create(bench: Bench, suffix: str, rules: list[dict[str, Any]]) -> Answer:
    """Create a template; noted as made."""
    name = f"{bench.prefix}-{suffix}"
    answer = bench.ask("CreateMetricRuleTemplate", Name=name, AlertTemplates=rules)
    if answer.taken:
        params = {"TemplateId": str(answer.body["Id"])}
        bench.made.append(Leftover("rule template", name, "DeleteMetricRuleTemplate", params))
    return answer


@inquiry(
    "templates", "template_custom_metrics",
    asks="may a rule template name a custom metric, and does applying it make the rule", calls=16, minutes=1,
)  # fmt: skip
def custom(bench: Bench) -> Iterator[Fact]:
    group = bench.group()
    metric = {"Category": "customMetric", "Namespace": bench.namespace, "MetricName": bench.metric("base")}
    answer = create(bench, "custom", [harmless(bench, 0, **metric)])
    if not answer.taken:
        yield Fact("template_custom_metrics", "refuse", f"CreateMetricRuleTemplate was {answer}")
        return
    number = str(answer.body["Id"])
    apply = {"ApplyMode": "ALARM_TEMPLATE_FIRST", "NotifyLevel": "4", "SilenceTime": "86400"}
    applied = bench.ask("ApplyMetricRuleTemplate", TemplateIds=number, GroupId=group, **apply)
    found = applied.taken and _appears(bench)
    seen = f"the template was taken, applying it was {applied}, its rule {'is there' if found else 'never came'}"
    yield Fact("template_custom_metrics", "accept" if found else "refuse", seen)


def _appears(bench: Bench) -> bool:
    for _ in range(MADE_S // STEP_S):
        if any(one["RuleName"] == f"{bench.prefix}-t0" for one in bench.cloud.rules(bench.namespace)):
            return True
        bench.clock.wait(STEP_S)
    return False


@inquiry("templates", "template_rules", asks="how many rules may one template hold", calls=18)
def rules(bench: Bench) -> Iterator[Fact]:
    def takes(number: int) -> bool:
        answer = create(bench, f"of-{number}", [harmless(bench, one) for one in range(number)])
        if answer.taken:
            bench.must("DeleteMetricRuleTemplate", TemplateId=str(answer.body["Id"]))
        return answer.taken

    most = largest(takes, PAGE_RULES)
    more = " and the page allows no more" if most == PAGE_RULES else f", one of {most + 1} was refused"
    yield Fact("template_rules", str(most) if most else None, f"a template of {most} rules was taken{more}")
