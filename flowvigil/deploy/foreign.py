"""Finds objects in the account that carry a name of the plan but that this stack did not make.

CloudMonitor's writes are PUTs: without this look, the first `up` would silently take over somebody else's contact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flowvigil.provisioner import names
from flowvigil.provisioner import objects as o
from flowvigil.provisioner.plan import Plan
from flowvigil.provisioner.stack import Stack, StackError

from .cloud import Cloud, CloudError
from .exported import key_of
from .log_door import LogDoor
from .project import Project, ProjectError, Target, load_stack


@dataclass(frozen=True, slots=True)
class Foreign:
    """An object of the account in the way of the plan."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r} exists in the account, and this stack did not make it"


def foreign_objects(plan: Plan, state: dict[str, Any], cloud: Cloud, logs: LogDoor) -> list[Foreign]:
    """Objects of the same name that neither the state nor an interrupted operation of this stack knows.

    What lies in a log project is left out: Log Service refuses to create what exists, so nothing is ever taken over.
    """
    known = set(_known_keys(state))
    return [
        Foreign(kind, _name(one))
        for kind, wanted, present in _kinds(plan, cloud, logs)
        if (unknown := [one for one in wanted if one.key not in known])
        for there in [set(present(_name(one) for one in unknown))]
        for one in unknown
        if _name(one) in there
    ]


def namesakes(target: Target) -> list[str]:
    """Other stacks of the project whose account-wide names are the same once the services have rewritten them."""
    return [
        name
        for name in target.project.stacks()
        if name != target.stack.name and (other := _stack(target.project, name)) and names.alike(target.stack, other)
    ]


def _stack(project: Project, name: str) -> Stack | None:
    """None for settings that cannot be read, which is no fault of the stack that runs."""
    try:
        return load_stack(project, name)
    except (ProjectError, StackError):
        return None


def _kinds(plan: Plan, cloud: Cloud, logs: LogDoor) -> list[tuple[str, list[o.Object], Any]]:
    namespace = names.namespace(plan.stack)
    return [
        ("contact", _of(plan, o.Contact), lambda _: (one["Name"] for one in cloud.contacts())),
        ("contact group", _of(plan, o.ContactGroup), lambda _: (one["Name"] for one in cloud.contact_groups())),
        (
            "application group",
            _of(plan, o.MonitorGroup),
            lambda _: (one["GroupName"] for one in cloud.monitor_groups()),
        ),
        ("rule template", _of(plan, o.Template), lambda _: (one["Name"] for one in cloud.templates())),
        ("alarm rule", _of(plan, o.Rule), lambda _: (one["RuleId"] for one in cloud.rules(namespace))),
        ("RAM policy", _of(plan, o.RamPolicy), lambda names: filter(cloud.has_policy, names)),
        ("RAM role", _of(plan, o.RamRole), lambda names: filter(cloud.has_role, names)),
        ("log project", _of(plan, o.LogProject), lambda names: (one for one in names if _there(logs.has_project, one))),
        ("log store", stores := _of(plan, o.LogStore), lambda _: _stores(stores, logs)),
    ]


def _stores(stores: Iterable[Any], logs: LogDoor) -> Iterator[str]:
    return (one.name for one in stores if _there(logs.has_store, one.project, one.name))


def _there(asked: Callable[..., bool], *names: str) -> bool:
    """False also where nobody may ask: then the service refuses to make it again."""
    try:
        return asked(*names)
    except CloudError:
        return False


def _of(plan: Plan, kind: type[o.Object]) -> list[o.Object]:
    return [one for one in plan.objects if isinstance(one, kind)]


def _name(one: Any) -> str:
    return str(one.rule_id if isinstance(one, o.Rule) else one.name)


def _known_keys(state: dict[str, Any]) -> Iterable[str]:
    pending = (operation["resource"] for operation in state.get("pending_operations") or ())
    for resource in (*(state.get("resources") or ()), *pending):
        yield key_of(resource["urn"])
