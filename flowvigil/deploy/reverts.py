"""Keeps what the plan wants again from being removed at the end of `up`.

A replacement that was interrupted leaves the old object waiting for its removal. When the specs have gone back
meanwhile, the engine would write the old object anew and then remove it, under one and the same id.
A template that comes back has to be applied again, since its successor was: whoever reads it from the cloud finds no
trace of its application, so a state without its outputs makes the engine apply it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flowvigil.provisioner.plan import Plan
from flowvigil.provisioner.wire import KINDS

from .cloud_ids import TEMPLATE, identity
from .exported import key_of
from .session import Session

Resource = dict[str, Any]


def keep_wanted(session: Session, exported: dict[str, Any], plan: Plan, note: Callable[[str], None]) -> None:
    """Give each object that waits for its removal, but is planned, its place back."""
    kept = list(_kept(exported["deployment"].get("resources") or [], plan))
    if not kept:
        return
    note(f"an earlier run stopped half-way; keeping {', '.join(key_of(one['urn']) for one in kept)}")
    unapplied = [one for one in kept if one["type"] == TEMPLATE]
    for one in unapplied:
        one.pop("outputs", None)
    session.restore(exported)
    session.read_again(one["urn"] for one in unapplied)


def _kept(resources: list[Resource], plan: Plan) -> Iterator[Resource]:
    leaving = [one for one in resources if one.get("delete") and one.get("custom")]
    wanted = _wanted(plan) if leaving else {}
    for one in leaving:
        key = wanted.get((one["type"], identity(one["type"], one.get("inputs") or {})))
        if key:
            _swap(resources, one, f"{one['urn'].rpartition('::')[0]}::{key}")
            yield one


def _wanted(plan: Plan) -> dict[tuple[str, str | None], str]:
    kinds = [(KINDS[type(one)], one) for one in plan.objects]
    return {(kind.token, identity(kind.token, kind.props(one, _nothing))): one.key for kind, one in kinds}


def _nothing(_value: Any) -> None:
    """Values that are known only at run time are in no identity."""


def _swap(resources: list[Resource], back: Resource, urn: str) -> None:
    """The one that leaves and the one in its place change roles; the same object twice is kept once."""
    same = [one for one in resources if one is not back and (one["urn"], one.get("id")) == (urn, back.get("id"))]
    resources[:] = [one for one in resources if one not in same]
    for one in resources:
        if one["urn"] == urn:
            one["delete"] = True
    back["urn"] = urn
    back["delete"] = False
