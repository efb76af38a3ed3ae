"""Settles what a killed `up` left behind: its lock, and creations whose end nobody saw.

The engine records each creation before it starts. What was under way when the process died is adopted if the cloud
has it and forgotten if not, so that nothing is made twice and nothing is orphaned.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .cloud import Cloud
from .session import Session

Inputs = dict[str, Any]
Note = Callable[[str], None]

# The provider's id of each type, from the inputs of the creation (source: each resource's SetId).
_ID_FROM_INPUTS: dict[str, Callable[[Inputs], str]] = {
    "alicloud:cms/alarmContact:AlarmContact": lambda one: str(one["alarmContactName"]),
    "alicloud:cms/alarmContactGroup:AlarmContactGroup": lambda one: str(one["alarmContactGroupName"]),
    "alicloud:cloudmonitor/serviceMetricAlarmRule:ServiceMetricAlarmRule": lambda one: str(one["metricAlarmRuleId"]),
    "alicloud:log/project:Project": lambda one: str(one["projectName"]),
    "alicloud:log/store:Store": lambda one: f"{one['projectName']}:{one['logstoreName']}",
    "alicloud:log/storeIndex:StoreIndex": lambda one: f"{one['project']}:{one['logstore']}",
    "alicloud:log/dashboard:Dashboard": lambda one: f"{one['projectName']}:{one['dashboardName']}",
    "alicloud:log/alert:Alert": lambda one: f"{one['projectName']}:{one['alertName']}",
    "alicloud:log/resourceRecord:ResourceRecord": lambda one: f"{one['resourceName']}:{one['recordId']}",
    "alicloud:ram/policy:Policy": lambda one: str(one["policyName"]),
    "alicloud:ram/role:Role": lambda one: str(one["roleName"]),
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment": lambda one: (
        f"role:{one['policyName']}:{one['policyType']}:{one['roleName']}"
    ),
}


class LockedError(Exception):
    """Another `up` holds the state's lock and is alive."""


def free_dead_lock(session: Session, note: Note) -> None:
    """Remove a lock in a state folder whose process was on this machine and is gone.

    Raises LockedError when the holder lives, or is on another machine, where only its people can tell.
    """
    for lock in _locks(session):
        pid, host = int(lock["pid"]), str(lock["hostname"])
        if host != socket.gethostname() or _lives(pid):
            raise LockedError(
                f"the state of stack {session.stack} is locked by process {pid} on {host} since {lock['timestamp']}. "
                f"Wait for it; if it is surely dead: flowvigil engine exec -- cancel {session.stack}"
            )
        note(f"freeing the lock of process {pid}, which is gone")
        session.ask("cancel", "--yes", session.stack)


def settle(session: Session, cloud: Cloud, note: Note) -> bool:
    """Adopt or forget every creation that was interrupted; says whether there was any."""
    pending = [one["resource"] for one in session.state().get("pending_operations") or () if one["type"] == "creating"]
    if not pending:
        return False
    note(f"an earlier run was interrupted; settling {len(pending)} creations")
    adopted = [pair for one in pending for pair in _adoption(one, cloud)]
    session.ask("refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", session.stack, *adopted)
    return True


def _adoption(resource: dict[str, Any], cloud: Cloud) -> list[str]:
    known = _id(resource["type"], resource.get("inputs") or {}, cloud)
    return ["--import-pending-creates", resource["urn"], "--import-pending-creates", known] if known else []


def _id(kind: str, inputs: Inputs, cloud: Cloud) -> str | None:
    if kind == "alicloud:cms/monitorGroup:MonitorGroup":
        groups = cloud.monitor_groups()
        return next((str(one["GroupId"]) for one in groups if one["GroupName"] == inputs["monitorGroupName"]), None)
    if kind == "alicloud:cms/metricRuleTemplate:MetricRuleTemplate":
        names = cloud.templates()
        return next((str(one["TemplateId"]) for one in names if one["Name"] == inputs["metricRuleTemplateName"]), None)
    return _ID_FROM_INPUTS[kind](inputs) if kind in _ID_FROM_INPUTS else None


def _locks(session: Session) -> Iterator[dict[str, Any]]:
    backend = session.environment.get("PULUMI_BACKEND_URL", "")
    if backend.startswith("file://"):
        folder = Path(backend[len("file://") :]) / ".pulumi" / "locks"
        for path in sorted(folder.glob(f"organization/{session.project.name}/{session.stack}/*.json")):
            yield json.loads(path.read_text())


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
