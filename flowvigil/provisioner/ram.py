"""Least-privilege RAM policies, and the role by which a reporter gets its own.

Action names follow the services' RAM pages; most CloudMonitor actions know no resources, so theirs is `*`.
Can be printed before anything is deployed: needs the stack alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from . import names
from .logs import own_place, place
from .monitor import LogStore, Monitors
from .objects import Object, RamAttachment, RamPolicy, RamRole
from .stack import Stack, Trust

ALARMS = (
    "PutResourceMetricRule",
    "DescribeMetricRuleList",
    "EnableMetricRules",
    "DisableMetricRules",
    "DeleteMetricRules",
    "PutMetricRuleTargets",
    "DescribeMetricRuleTargets",
    "DeleteMetricRuleTargets",
    "DescribeCustomMetricList",
)
CONTACTS = (
    "PutContact",
    "DescribeContactList",
    "DeleteContact",
    "PutContactGroup",
    "DescribeContactGroupList",
    "DeleteContactGroup",
)
TEMPLATES = (
    "CreateMonitorGroup",
    "DescribeMonitorGroups",
    "ModifyMonitorGroup",
    "DeleteMonitorGroup",
    "CreateMetricRuleTemplate",
    "ApplyMetricRuleTemplate",
    "ModifyMetricRuleTemplate",
    "DeleteMetricRuleTemplate",
    "DescribeMetricRuleTemplateAttribute",
    "DescribeMetricRuleTemplateList",
)
READING = (
    "DescribeMetricRuleList",
    "DescribeMonitorGroups",
    "DescribeMetricRuleTemplateList",
    "DescribeMetricRuleTemplateAttribute",
    "DescribeContactList",
    "DescribeContactGroupList",
    "DescribeCustomMetricList",
    "QueryMetricList",
    "QueryMetricLast",
)
LOG_OBJECTS = ("Project", "LogStore", "Index", "Dashboard", "Job")
LOG_DETAILS = (
    "GetProjectPolicy",
    "GetLogStoreMeteringMode",
    "UpdateLogStoreMeteringMode",
    "ListShards",
    "ListTagResources",
    "TagResources",
    "UntagResources",
)
"""Further calls that the provider makes for projects and stores."""

LOG_LOOKS = ("GetProjectPolicy", "GetLogStoreMeteringMode", "ListShards", "ListTagResources")
"""Those of them that change nothing."""

RECORDS = ("CreateResourceRecord", "GetResourceRecord", "UpdateResourceRecord", "DeleteResourceRecord")
ROLES = (
    "CreatePolicy",
    "GetPolicy",
    "UpdatePolicyDescription",
    "CreatePolicyVersion",
    "ListPolicyVersions",
    "DeletePolicyVersion",
    "DeletePolicy",
    "ListEntitiesForPolicy",
    "CreateRole",
    "GetRole",
    "UpdateRole",
    "DeleteRole",
    "AttachPolicyToRole",
    "DetachPolicyFromRole",
    "ListPoliciesForRole",
    "ListTagResources",
)
ROLE_LOOKS = (
    "GetPolicy",
    "GetPolicyVersion",
    "ListPolicyVersions",
    "ListEntitiesForPolicy",
    "GetRole",
    "ListPoliciesForRole",
    "ListTagResources",
)
SERVICES = {Trust.ECS: "ecs.aliyuncs.com", Trust.FC: "fc.aliyuncs.com"}


def documents(stack: Stack, places: Iterable[LogStore] = ()) -> dict[str, str]:
    """The policies of reporter, provisioner, reader and relay as JSON; `places` are others' stores that runs go to."""
    found = sorted({own_place(stack), *places}, key=lambda one: (one.project, one.logstore))
    return {
        "reporter": _document(_reporter(stack, found)),
        "provisioner": _document(_provisioner(stack, found)),
        "reader": _document(_reader(stack, found)),
        "relay": _document(_relay(stack, found)),
    }


def ram_objects(stack: Stack, monitors: Monitors) -> list[Object]:
    """The policies, and the reporter's role when the stack says who may assume it; nothing where others own them."""
    if not stack.shared:
        return []
    home = own_place(stack)
    found = documents(stack, [place(home, monitor) for monitor in monitors.monitors])
    policies: list[Object] = [
        RamPolicy(f"ram.{who}", None, names.ram(stack, who), f"{stack.prefix}: {who}", document)
        for who, document in found.items()
        if who != "relay"  # its role is made where it runs, and most stacks have none
    ]
    if stack.trust is Trust.NONE:
        return policies
    name = names.ram(stack, "reporter")
    role = RamRole("ram.role", None, name, f"{stack.prefix}: reporter", trust(stack))
    return [*policies, role, RamAttachment("ram.attachment", None, name, name)]


def trust(stack: Stack) -> str:
    """Who may assume the reporter's role, as JSON. Raises ValueError for a stack without one."""
    if stack.trust is Trust.RRSA:
        return _document([_rrsa(stack)])
    if stack.trust is Trust.NONE:
        raise ValueError("the stack makes no role")
    who = {"Service": [SERVICES[stack.trust]]}
    return _document([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": who}])


def _rrsa(stack: Stack) -> dict[str, object]:
    """Pods of an ACK cluster: the audience is fixed, the issuer is the cluster's (help page on RRSA)."""
    provider = f"acs:ram::{stack.account_id}:oidc-provider/{stack.oidc_provider}"
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Federated": [provider]},
        "Condition": {"StringEquals": {"oidc:aud": ["sts.aliyuncs.com"]}},
    }


def _reporter(stack: Stack, places: Sequence[LogStore]) -> list[dict[str, object]]:
    return [_allow("cms", ("PutCustomMetric",), ["*"]), _allow("log", ("PostLogStoreLogs",), _stores(stack, places))]


def _relay(stack: Stack, places: Sequence[LogStore]) -> list[dict[str, object]]:
    """It reports that it lives, and asks for the runs behind an alarm."""
    return [_allow("cms", ("PutCustomMetric",), ["*"]), _allow("log", ("GetLogStoreLogs",), _stores(stack, places))]


def _stores(stack: Stack, places: Sequence[LogStore]) -> list[str]:
    return [f"{_project(stack, one.project)}/logstore/{one.logstore}" for one in places]


def _provisioner(stack: Stack, places: Sequence[LogStore]) -> list[dict[str, object]]:
    return [
        _allow("cms", (*ALARMS, *CONTACTS, *TEMPLATES), ["*"]),
        *(_log_rights(stack, project) for project in sorted({one.project for one in places})),
        _allow("log", RECORDS, ["*"]),
        *([_allow("ram", ROLES, _own_roles(stack))] if stack.shared else []),
    ]


def _own_roles(stack: Stack) -> list[str]:
    return [f"acs:ram::{stack.account_id}:{kind}/{stack.prefix}-*" for kind in ("policy", "role")]


def _log_rights(stack: Stack, project: str) -> dict[str, object]:
    """What the stack makes in a project: all in its own, no project where that exists, little in those of others."""
    kinds: tuple[str, ...] = LOG_OBJECTS if project == own_place(stack).project else ("Dashboard", "Job")
    if stack.log_project:
        kinds = tuple(kind for kind in kinds if kind != "Project")
    verbs = [f"{verb}{kind}" for kind in kinds for verb in ("Create", "Get", "Update", "Delete")]
    return _allow("log", (*verbs, *LOG_DETAILS), [_project(stack, project), f"{_project(stack, project)}/*"])


def _reader(stack: Stack, places: Sequence[LogStore]) -> list[dict[str, object]]:
    """Enough for `verify`, and for a preview that reads everything from the cloud first."""
    verbs = ("GetLogStoreLogs", *(f"Get{kind}" for kind in LOG_OBJECTS), *LOG_LOOKS)
    return [
        _allow("cms", READING, ["*"]),
        _allow("log", verbs, _inside(stack, places)),
        _allow("log", ("GetResourceRecord",), ["*"]),
        *([_allow("ram", ROLE_LOOKS, _own_roles(stack))] if stack.shared else []),
    ]


def _inside(stack: Stack, places: Sequence[LogStore]) -> list[str]:
    projects = sorted({one.project for one in places})
    return [text for project in projects for text in (_project(stack, project), f"{_project(stack, project)}/*")]


def _project(stack: Stack, project: str) -> str:
    return f"acs:log:{stack.region}:{stack.account_id}:project/{project}"


def _allow(service: str, actions: Iterable[str], resources: Sequence[str]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": [f"{service}:{one}" for one in actions], "Resource": list(resources)}


def _document(statements: Sequence[dict[str, object]]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)}, indent=2)
