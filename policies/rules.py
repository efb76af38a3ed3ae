"""What may never be deployed. Judges the wire properties of resources and trusts nobody: imports nothing of ours.

Every rule reads only properties that are known in a first preview, so that a violation shows before anything exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

Report = Callable[[str], None]

CONTACT = "alicloud:cms/alarmContact:AlarmContact"
CONTACT_GROUP = "alicloud:cms/alarmContactGroup:AlarmContactGroup"
MONITOR_GROUP = "alicloud:cms/monitorGroup:MonitorGroup"
TEMPLATE = "alicloud:cms/metricRuleTemplate:MetricRuleTemplate"
RULE = "alicloud:cloudmonitor/serviceMetricAlarmRule:ServiceMetricAlarmRule"
RAM_POLICY = "alicloud:ram/policy:Policy"
RAM_ROLE = "alicloud:ram/role:Role"
LOG_RECORD = "alicloud:log/resourceRecord:ResourceRecord"

NAME_PROPERTIES = {
    CONTACT: "alarmContactName",
    CONTACT_GROUP: "alarmContactGroupName",
    MONITOR_GROUP: "monitorGroupName",
    TEMPLATE: "metricRuleTemplateName",
    RULE: "metricAlarmRuleId",
    RAM_POLICY: "policyName",
    RAM_ROLE: "roleName",
}

SECRET_PROPERTIES = {"channelsDingWebHook", "webhook"}
ROBOTS = "sls.alert.action_webhook"
"""Log Service's table of robots; the value of its records holds their addresses."""

WEBHOOK = re.compile(r"https?://\S*(access_token=|/robot/send)", re.IGNORECASE)
ACCESS_KEY = re.compile(r"\bLTAI[A-Za-z0-9]{12,}")


def critical_silence_is_bounded(args: ResourceValidationArgs, report: Report) -> None:
    """A critical alarm that stays silent for a day is an alarm that nobody repeats."""
    limit = int(args.get_config().get("maxSeconds", 3600))
    silence = args.props.get("silenceTime")
    if _has_critical(args) and silence is not None and int(silence) > limit:
        report(
            f"critical alarms of {_name(args)} repeat only every {int(silence)} s; at most {limit} s are allowed. "
            "Shorten `repeat: {critical: …}` in the spec."
        )


def someone_is_notified(args: ResourceValidationArgs, report: Report) -> None:
    """A rule without a contact group fires into the void."""
    if args.resource_type in (RULE, MONITOR_GROUP) and not args.props.get("contactGroups"):
        report(f"{_name(args)} notifies nobody. Give the flow an owner with routes, or `notify:`.")


def no_secret_in_clear_text(args: ResourceValidationArgs, report: Report) -> None:
    """Names, labels, descriptions and charts are read by many; a robot's address or a key in them is a leak."""
    secret = _secret_properties(args)
    for path, text in _texts(args.props):
        if path.split(".")[-1] not in secret and (WEBHOOK.search(text) or ACCESS_KEY.search(text)):
            report(f"{args.name}: property {path} holds a webhook or an access key. Keep it as a secret of the stack.")


def names_say_whose_they_are(args: ResourceValidationArgs, report: Report) -> None:
    """Contacts, groups, rules and RAM names are account-wide: the prefix keeps two stacks apart."""
    stack, project = args.urn.removeprefix("urn:pulumi:").split("::")[:2]
    prefix = f"{project}-{stack}"
    name = str(args.props.get(NAME_PROPERTIES.get(args.resource_type, ""), prefix))
    if not name.startswith(prefix):
        report(f"{name} does not begin with {prefix}, so it may be somebody else's. Let flowvigil name it.")


def ram_actions_are_listed(args: ResourceValidationArgs, report: Report) -> None:
    """A wildcard action grants what nobody reviewed."""
    if args.resource_type != RAM_POLICY or not args.props.get("policyDocument"):
        return
    statements = json.loads(args.props["policyDocument"]).get("Statement", [])
    for action in (action for one in statements for action in _list(one.get("Action"))):
        if "*" in action:
            report(f"policy {_name(args)} allows {action}. List the actions one by one.")


RULES = [
    ResourceValidationPolicy(
        name="critical-silence-is-bounded",
        description="Critical alarms repeat within the hour.",
        validate=critical_silence_is_bounded,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=PolicyConfigSchema({"maxSeconds": {"type": "integer", "minimum": 300, "default": 3600}}),
    ),
    ResourceValidationPolicy(
        name="someone-is-notified",
        description="Every rule has a contact group.",
        validate=someone_is_notified,
    ),
    ResourceValidationPolicy(
        name="no-secret-in-clear-text",
        description="No webhook or access key stands in a property that people read.",
        validate=no_secret_in_clear_text,
    ),
    ResourceValidationPolicy(
        name="names-say-whose-they-are",
        description="Account-wide names begin with project and stack.",
        validate=names_say_whose_they_are,
    ),
    ResourceValidationPolicy(
        name="ram-actions-are-listed",
        description="RAM policies list their actions.",
        validate=ram_actions_are_listed,
    ),
]


def _has_critical(args: ResourceValidationArgs) -> bool:
    if args.resource_type == RULE:
        return bool((args.props.get("escalations") or {}).get("critical"))
    if args.resource_type == TEMPLATE:
        return any((one.get("escalations") or {}).get("critical") for one in args.props.get("alertTemplates") or ())
    return False


def _secret_properties(args: ResourceValidationArgs) -> set[str]:
    robot = args.resource_type == LOG_RECORD and args.props.get("resourceName") == ROBOTS
    return SECRET_PROPERTIES | {"value"} if robot else SECRET_PROPERTIES


def _name(args: ResourceValidationArgs) -> str:
    return str(args.props.get(NAME_PROPERTIES.get(args.resource_type, ""), args.name))


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from _texts(_known(value, key), f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence):
        for index in range(len(value)):
            yield from _texts(_known(value, index), path)


def _known(value: Any, key: Any) -> Any:
    try:
        return value[key]
    except UnknownValueError:
        return None  # decided by the cloud, so nobody wrote a secret into it
