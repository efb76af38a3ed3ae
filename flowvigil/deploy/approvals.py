"""What was approved against what is planned and what is in the cloud: monitors.lock, the state, the rules themselves.

The program refuses by itself; this refuses earlier, with an exit code of its own, and looks at the cloud afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowvigil.provisioner import names
from flowvigil.provisioner import objects as o
from flowvigil.provisioner.approval import LOCK, read_lock, refusal, unapproved

from .cloud import Cloud
from .exported import stack_outputs
from .project import Project, ProjectError, Target
from .verify import Finding

_SLICE = re.compile(r"\bslice ([0-9a-f]{16})")


class UnapprovedError(Exception):
    """The plan has parts that nobody approved; nothing was changed."""


def approved(project: Project, stack: str) -> Mapping[str, str]:
    """The approved hashes of a stack. Raises LockError or ProjectError."""
    path = project.root / LOCK
    if not path.exists():
        return {}
    try:
        return read_lock(path.read_text("utf-8")).get(stack, {})
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{LOCK} cannot be read: {error}") from error


def applied(deployment: Mapping[str, Any]) -> Mapping[str, str]:
    """The hashes that the last finished `up` left in the state."""
    return stack_outputs(deployment).get("slices") or {}


def refuse_unapproved(target: Target, deployment: Mapping[str, Any], override: str) -> None:
    """Raises UnapprovedError if the stack wants approvals, a part of the plan has none, and no reason overrides it."""
    if target.stack.require_approval and not override.strip():
        name = target.stack.name
        found = unapproved(target.plan, approved(target.project, name), applied(deployment))
        if found:
            raise UnapprovedError(refusal(found, name))


def compare_live(target: Target, cloud: Cloud) -> list[Finding]:
    """Where the cloud or the plan is not what was approved; nothing for a stack that approves nothing."""
    known = approved(target.project, target.stack.name)
    if not known and not target.stack.require_approval:
        return []
    planned = [
        Finding(one.flow, "approval", f"planned is slice {one.slice}, approved is {one.approved or 'none'}")
        for one in unapproved(target.plan, known, {})
    ]
    return planned + list(_live(target, known, cloud))


def _live(target: Target, known: Mapping[str, str], cloud: Cloud) -> Iterator[Finding]:
    rules, templates = _slices_of_rules(cloud, target), _slices_of_templates(cloud)
    for one in target.plan.objects:
        if isinstance(one, (o.Rule, o.Template)):
            live = rules.get(one.rule_id) if isinstance(one, o.Rule) else templates.get(one.name)
            wanted = known.get(one.flow or "", "")
            if live is not None and live != wanted:
                yield Finding(one.flow or "", one.name, f"in the cloud is slice {live}, approved is {wanted or 'none'}")


def _slices_of_rules(cloud: Cloud, target: Target) -> dict[str, str]:
    found = {}
    for rule in cloud.rules(names.namespace(target.stack)):
        labels = (rule.get("Labels") or {}).get("Labels") or ()
        found[rule["RuleId"]] = next((one["Value"] for one in labels if one.get("Key") == "slice"), "")
    return found


def _slices_of_templates(cloud: Cloud) -> dict[str, str]:
    found = {}
    for one in cloud.templates():
        match = _SLICE.search(one.get("Description") or "")
        found[one["Name"]] = match[1] if match else ""
    return found
