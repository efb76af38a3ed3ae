"""What becomes of each object between two plans: created, updated in place, replaced, deleted.

Which properties force a replacement stands in docs/fields.md, found on the real provider. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.plan import Plan

from .said import Said, said


class Fate(Enum):
    """What happens to an object, mildest first."""

    CREATED = "created"
    UPDATED = "updated"
    REPLACED = "replaced"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """The fate of one object. `fields` are what differs; `harm` says what is lost, None if nothing is."""

    fate: Fate
    key: str
    kind: str
    flow: str | None
    fields: tuple[str, ...] = ()
    harm: Said | None = None


FORCING: Mapping[type, frozenset[str]] = {
    o.Contact: frozenset({"name"}),
    o.ContactGroup: frozenset({"name"}),
    o.Template: frozenset({"name"}),
    o.Rule: frozenset({"rule_id", "name", "namespace", "metric", "contact_groups"}),
    o.LogProject: frozenset({"name"}),
    o.LogStore: frozenset({"project", "name"}),
    o.LogIndex: frozenset({"project", "logstore"}),
    o.Dashboard: frozenset({"project", "name"}),
    o.LogAlert: frozenset({"project", "name"}),
    o.LogRecord: frozenset({"record_id"}),
    o.RamPolicy: frozenset({"name"}),
    o.RamRole: frozenset({"name"}),
    o.RamAttachment: frozenset({"policy", "role"}),
}

_LOGS = said("its logs are lost", "其中的日志会丢失")
_ROLE = said("reporters that assume it by its name are refused", "按名字扮演它的上报者会被拒绝")
_SILENT = said("what fires now is forgotten", "正在触发的告警会被忘记")
_LOST = {o.LogProject: _LOGS, o.LogStore: _LOGS, o.RamRole: _ROLE, o.LogAlert: _SILENT}


def fates(before: Plan, after: Plan) -> list[Change]:
    """Every object that is not the same in both plans, in the order of the new plan, the deleted ones last."""
    old = {one.key: one for one in before.objects}
    left = dict(old)
    found = []
    for one in after.objects:
        was = left.pop(one.key, None) or left.pop(after.aliases.get(one.key, ""), None)
        if was is None:
            found.append(_made(one))
        elif was != one:
            found += _changed(was, one)
    return found + [_gone(one) for one in left.values()]


def _made(one: o.Object) -> Change:
    return Change(Fate.CREATED, one.key, type(one).__name__, one.flow)


def _changed(was: o.Object, now: o.Object) -> Iterator[Change]:
    names = tuple(_differing(was, now))
    if not names:
        return
    forced = FORCING.get(type(now), frozenset()) & set(names)
    fate = Fate.REPLACED if forced else Fate.UPDATED
    yield Change(fate, now.key, type(now).__name__, now.flow, names, _harm(was) if forced else None)


def _differing(was: o.Object, now: o.Object) -> Iterable[str]:
    """The fields that differ; an object's key and flow are ours alone."""
    names = (name for name in now.__dataclass_fields__ if name not in ("key", "flow", "protect"))
    return (name for name in names if getattr(was, name, None) != getattr(now, name))


def _gone(one: o.Object) -> Change:
    return Change(Fate.DELETED, one.key, type(one).__name__, one.flow, (), _harm(one))


def _harm(one: o.Object) -> Said | None:
    return None if getattr(one, "protect", False) else _LOST.get(type(one))
