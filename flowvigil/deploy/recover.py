"""Settles what a killed `up` left behind: operations whose end nobody saw.

The engine records each operation before it starts. A creation that the cloud has is adopted, one that it has not is
forgotten, and what was being changed or removed is read again, so that nothing is made twice and nothing is orphaned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .cloud import Cloud
from .cloud_ids import cloud_id
from .exported import key_of
from .session import Session

Resource = dict[str, Any]
Exported = dict[str, Any]
Note = Callable[[str], None]


def settle(session: Session, exported: Exported, cloud: Cloud, note: Note) -> Exported:
    """Settle every operation that was interrupted; the state afterwards."""
    deployment = exported["deployment"]
    pending = deployment.pop("pending_operations", None)
    if not pending:
        return exported
    note(f"an earlier run was interrupted; settling {len(pending)} operations: {_told(pending)}")
    resources = deployment.setdefault("resources", [])
    replaced: set[str] = set()
    for one in _adopted(pending, cloud):
        if not _present(resources, one):
            replaced |= _mark_replaced(resources, one["urn"])
            resources.append(one)
    session.restore(exported)
    touched = {one["resource"]["urn"] for one in pending}
    session.read_again(one["urn"] for one in resources if one["urn"] in touched and one.get("custom"))
    return _unmark(session, replaced)


def _told(pending: Iterable[dict[str, Any]]) -> str:
    return ", ".join(f"{one['type']} {key_of(one['resource']['urn'])}" for one in pending)


def _adopted(pending: Iterable[dict[str, Any]], cloud: Cloud) -> Iterator[Resource]:
    """What may have been created, as the state would hold it; reading it again says whether it is there."""
    for one in (operation["resource"] for operation in pending if operation["type"] == "creating"):
        number = cloud_id(one["type"], one.get("inputs") or {}, cloud)
        if number:
            yield {**one, "id": number}


def _present(resources: Iterable[Resource], wanted: Resource) -> bool:
    return any(one["urn"] == wanted["urn"] and one.get("id") == wanted["id"] for one in resources)


def _mark_replaced(resources: Iterable[Resource], urn: str) -> set[str]:
    """A creation of something that the state has already was a replacement: the old one waits for its removal."""
    old = [one for one in resources if one["urn"] == urn and not one.get("delete")]
    for one in old:
        one["delete"] = True
    return {one["urn"] for one in old}


def _unmark(session: Session, replaced: set[str]) -> Exported:
    """A replacement that the cloud turned out not to have leaves the old one in its place."""
    exported = session.export()
    resources = exported["deployment"].get("resources") or []
    lost = replaced - {one["urn"] for one in resources if not one.get("delete")}
    for one in resources:
        if one["urn"] in lost:
            one["delete"] = False
    if lost:
        session.restore(exported)
    return exported
