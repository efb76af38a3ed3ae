"""Rules about who may see, do and own what: secrets, names, RAM, accounts and regions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pulumi_policy import PolicyConfigSchema, ResourceValidationArgs, ResourceValidationPolicy
from wire import (
    CUSTOM_METRICS,
    LOG_RECORD,
    NAME_PROPERTIES,
    RAM_POLICY,
    RAM_ROLE,
    listed,
    name_of,
    rules_of,
    statements_of,
    texts,
)

Report = Callable[[str], None]

SECRET_PROPERTIES = {"channelsDingWebHook", "webhook"}
ROBOTS = "sls.alert.action_webhook"
"""Log Service's table of robots; the value of its records holds their addresses."""

LEAK = re.compile(r"(?i:https?://\S*(?:access_token=|/robot/send))|\bLTAI[A-Za-z0-9]{12,}")
"""A robot's address, or an access key."""

SHORTENED = re.compile(r"-[0-9a-f]{8}$")
"""How flowvigil ends a name that would be too long: its head, then a hash of the whole."""
LEAST_LEFT = 31
"""What is left of a contact's name, the shortest of the limits."""

UNTAKEN = re.compile(r"[\W_]")
"""What flowvigil replaces by a dash where a service takes letters, digits and dashes only."""

RECORDS_REGION = "cn-heyuan"
"""Where Log Service keeps the records of alert resources, whatever the stack's region."""


def no_secret_in_clear_text(args: ResourceValidationArgs, report: Report) -> None:
    """Names, labels, descriptions and charts are read by many; a robot's address or a key in them is a leak."""
    secret = _secret_properties(args)
    for path, text in texts(args.props):
        if LEAK.search(text) and path.split(".")[-1] not in secret:
            report(f"{args.name}: property {path} holds a webhook or an access key. Keep it as a secret of the stack.")


def names_say_whose_they_are(args: ResourceValidationArgs, report: Report) -> None:
    """Contacts, groups, rules and RAM names are account-wide: the prefix keeps two stacks apart."""
    stack, project = args.urn.removeprefix("urn:pulumi:").split("::")[:2]
    prefix = f"{project}-{stack}"
    name = str(args.props.get(NAME_PROPERTIES.get(args.resource_type, ""), prefix))
    wanted, told = _plain(prefix), _plain(name)
    head = SHORTENED.sub("", told)
    if not told.startswith(wanted) and not (len(head) >= LEAST_LEFT and wanted.startswith(head)):
        report(f"{name} does not begin with {prefix}, so it may be somebody else's. Let flowvigil name it.")


def _plain(name: str) -> str:
    """Not every service takes the same characters in names."""
    return UNTAKEN.sub("-", name.lower())


def ram_actions_are_listed(args: ResourceValidationArgs, report: Report) -> None:
    """A wildcard action grants what nobody reviewed."""
    if args.resource_type != RAM_POLICY:
        return
    statements = statements_of(args, "policyDocument")
    for action in (action for one in statements for action in listed(one.get("Action"))):
        if "*" in action:
            report(f"policy {name_of(args)} allows {action}. List the actions one by one.")


def roles_trust_somebody_known(args: ResourceValidationArgs, report: Report) -> None:
    """A role that anybody may assume hands its permissions to the world."""
    if args.resource_type != RAM_ROLE:
        return
    for one in statements_of(args, "assumeRolePolicyDocument"):
        if any("*" in who for who in _principals(one.get("Principal"))):
            report(f"role {name_of(args)} may be assumed by anybody. Name a service, an account or an OIDC provider.")


def account_is_allowed(args: ResourceValidationArgs, report: Report) -> None:
    """A stack that points at another account creates alarms where nobody looks for them."""
    accounts = args.get_config().get("accounts") or ()
    for rule in rules_of(args) if accounts else ():
        kind, ours, account = str(rule.get("namespace")).rpartition(CUSTOM_METRICS)
        if ours and not kind and account not in accounts:
            report(f"{name_of(args)} belongs to account {account}, which is not allowed.")


def region_is_allowed(args: ResourceValidationArgs, report: Report) -> None:
    """Logs of runs may not leave the regions that were agreed upon."""
    regions = args.get_config().get("regions") or ()
    region = args.provider.props.get("region") if args.provider else None
    if regions and region and region not in (*regions, RECORDS_REGION):
        report(f"{name_of(args)} would be made in {region}, which is not allowed.")


def _principals(principal: Any) -> list[str]:
    if isinstance(principal, str):
        return [principal]
    return [who for kind in principal or () for who in listed(principal[kind])]


def _secret_properties(args: ResourceValidationArgs) -> set[str]:
    robot = args.resource_type == LOG_RECORD and args.props.get("resourceName") == ROBOTS
    return SECRET_PROPERTIES | {"value"} if robot else SECRET_PROPERTIES


def _list_of(key: str) -> PolicyConfigSchema:
    return PolicyConfigSchema({key: {"type": "array", "items": {"type": "string"}, "default": []}})


RULES = [
    ResourceValidationPolicy(
        name="no-secret-in-clear-text",
        description="No webhook or access key stands in a property that people read.",
        validate=no_secret_in_clear_text,
        remediation_steps="Keep it with `pulumi config set --secret`, and replace the leaked one.",
    ),
    ResourceValidationPolicy(
        name="names-say-whose-they-are",
        description="Account-wide names begin with project and stack.",
        validate=names_say_whose_they_are,
        remediation_steps="Let flowvigil name it.",
    ),
    ResourceValidationPolicy(
        name="ram-actions-are-listed",
        description="RAM policies list their actions.",
        validate=ram_actions_are_listed,
        remediation_steps="List the actions one by one; `flowvigil export policies` prints those that are needed.",
    ),
    ResourceValidationPolicy(
        name="roles-trust-somebody-known",
        description="RAM roles name who may assume them.",
        validate=roles_trust_somebody_known,
        remediation_steps="Set flowvigil:reporterRole to ecs, rrsa or fc.",
    ),
    ResourceValidationPolicy(
        name="account-is-allowed",
        description="Alarms are made in the accounts of the list, if there is one.",
        validate=account_is_allowed,
        config_schema=_list_of("accounts"),
        remediation_steps="Set alicloud:accountId of the stack to an allowed account.",
    ),
    ResourceValidationPolicy(
        name="region-is-allowed",
        description="Everything is made in the regions of the list, if there is one.",
        validate=region_is_allowed,
        config_schema=_list_of("regions"),
        remediation_steps="Set alicloud:region of the stack to an allowed region.",
    ),
]
