"""Rules about what must not get lost: logs that alarms point to, and alarms themselves.

The last ones judge the stack as a whole. The engine shows a pack what a stack will hold: not what it deletes, nor what
happens to it afterwards, nor the stack's settings. These come as configuration, which `flowvigil up` hands over.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from wire import (
    LOG_PROJECT,
    LOG_STORE,
    MONITOR_GROUP,
    RULE,
    TEMPLATE,
    groups_of,
    is_critical,
    name_of,
    rules_of,
)

Report = Callable[[str], None]


def logs_are_kept_long_enough(args: ResourceValidationArgs, report: Report) -> None:
    """Too short, and the link in a message leads nowhere; too long, and somebody pays for it for years."""
    if args.resource_type != LOG_STORE:
        return
    low, high = int(args.get_config().get("minDays", 7)), int(args.get_config().get("maxDays", 365))
    days = int(args.props.get("retentionPeriod") or 30)
    if not low <= days <= high:
        report(f"{args.name} keeps logs for {days} days; {low} to {high} are allowed. Set flowvigil:retentionDays.")


def log_projects_are_protected(args: ResourceValidationArgs, report: Report) -> None:
    """What was logged is evidence; removing a stack must not remove it."""
    if args.resource_type in (LOG_PROJECT, LOG_STORE) and not args.get_config().get("protected", True):
        report(f"{args.name} would be deleted with the stack. Leave flowvigil:protect on where logs are real.")


def critical_reaches_someone_on_call(args: StackValidationArgs, report: Report) -> None:
    """A critical alarm that goes only to a chat is read in the morning.

    Several rules may carry one alarm, each to its own groups: they share the slice and the metric.
    """
    pattern = re.compile(str(args.get_config().get("pattern", "on-?call")), re.IGNORECASE)
    told: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for one in args.resources:
        if is_critical(one):
            _, groups = told.setdefault(_alarm(one), (name_of(one), []))
            groups += groups_of(one) if one.resource_type == RULE else _of_template(one)
    for name, groups in told.values():
        if groups and not any(pattern.search(group) for group in groups):
            report(f"{name} is critical and tells only {', '.join(groups)}; none of them is on call.")


def alarms_do_not_vanish_at_once(args: StackValidationArgs, report: Report) -> None:
    """A typing error in a folder's name must not switch off the watch over everything."""
    before, limit = int(args.get_config().get("before", 0)), int(args.get_config().get("maxRules", 20))
    now = sum(len(rules_of(one)) for one in args.resources)
    if before - now > limit:
        report(f"{before} rules would become {now}; at most {limit} may vanish at once. Remove them in steps.")


def templates_are_verified(args: StackValidationArgs, report: Report) -> None:
    """Applying a template can fail for single rules without a sign; only reading back shows it."""
    templates = sum(one.resource_type == TEMPLATE for one in args.resources)
    if templates and not args.get_config().get("verified", False):
        report(
            f"{templates} templates are applied and nothing reads their rules back. Run flowvigil verify afterwards."
        )


def _alarm(one: PolicyResource) -> tuple[str, str]:
    """What the rules of one alarm have in common; a resource that says neither stands for itself."""
    labels = {str(label.get("key")): str(label.get("value")) for label in one.props.get("labels") or ()}
    return labels.get("slice") or name_of(one), str(one.props.get("metricName") or name_of(one))


def _of_template(one: PolicyResource) -> list[str]:
    """Template-made rules tell the contact groups of the monitor group that the template is applied to."""
    return [name for group in one.dependencies if group.resource_type == MONITOR_GROUP for name in groups_of(group)]


_COUNT = {"type": "integer", "minimum": 0}
_DAYS = {"type": "integer", "minimum": 1, "maximum": 3650}

RULES = [
    ResourceValidationPolicy(
        name="logs-are-kept-long-enough",
        description="Logs are kept between a week and a year.",
        validate=logs_are_kept_long_enough,
        config_schema=PolicyConfigSchema({"minDays": {**_DAYS, "default": 7}, "maxDays": {**_DAYS, "default": 365}}),
        remediation_steps="Set flowvigil:retentionDays of the stack.",
    ),
    ResourceValidationPolicy(
        name="log-projects-are-protected",
        description="Log projects and stores outlive the stack.",
        validate=log_projects_are_protected,
        config_schema=PolicyConfigSchema({"protected": {"type": "boolean", "default": True}}),
        remediation_steps="Remove flowvigil:protect from the stack's configuration.",
    ),
    StackValidationPolicy(
        name="critical-reaches-someone-on-call",
        description="Critical alarms tell a group whose name says that it is on call.",
        validate=critical_reaches_someone_on_call,
        enforcement_level=EnforcementLevel.ADVISORY,
        config_schema=PolicyConfigSchema({"pattern": {"type": "string", "default": "on-?call"}}),
        remediation_steps="Route critical to such a group in contacts.yaml, or set `pattern` to your own names.",
    ),
    StackValidationPolicy(
        name="alarms-do-not-vanish-at-once",
        description="One run removes only a few rules.",
        validate=alarms_do_not_vanish_at_once,
        config_schema=PolicyConfigSchema({"before": {**_COUNT, "default": 0}, "maxRules": {**_COUNT, "default": 20}}),
        remediation_steps="Remove flows in steps, or raise `maxRules` for this run.",
    ),
    StackValidationPolicy(
        name="templates-are-verified",
        description="Whatever applies templates reads their rules back.",
        validate=templates_are_verified,
        enforcement_level=EnforcementLevel.ADVISORY,
        config_schema=PolicyConfigSchema({"verified": {"type": "boolean", "default": False}}),
        remediation_steps="Use `flowvigil up`, or run `flowvigil verify` after `pulumi up` and set `verified`.",
    ),
]
