"""Finds contact groups that alarms are to tell, that this stack does not make, and that the account does not have.

CloudMonitor takes a rule for a group that is not there, and the alarm then reaches nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.channels import group_names

from .cloud import Cloud
from .project import Target


def absent_groups(target: Target, cloud: Cloud) -> list[str]:
    """Their names in the account, sorted."""
    made = {one.name for one in target.plan.objects if isinstance(one, o.ContactGroup)}
    wanted = set(_told(target)) - made
    return sorted(wanted - {one["Name"] for one in cloud.contact_groups()}) if wanted else []


def owned(target: Target) -> dict[str, str]:
    """The groups that another stack makes for this one: the account's names by those of the specs."""
    if target.stack.shared:
        return {}
    cloud = group_names(target.monitors, target.stack)
    return {group.name: cloud[group.name] for group in target.monitors.groups if not group.existing}


def _told(target: Target) -> Iterator[str]:
    """What rules name; and what another stack makes for alarms, since alerts of Log Service tell it by other names."""
    theirs = owned(target)
    for monitor in target.monitors.monitors:
        levels = [level for condition in monitor.conditions for level in condition.levels]
        yield from [theirs[name] for level in levels for name in level.groups if name in theirs]
    for one in target.plan.objects:
        if isinstance(one, (o.Rule, o.MonitorGroup)):
            yield from one.contact_groups
