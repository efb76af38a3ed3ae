"""Keeps what the plan wants again from being removed at the end of `up`.

A replacement that was interrupted leaves the old object waiting for its removal. When the specs have gone back
meanwhile, the engine would write the old object anew and then remove it, under one and the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flowvigil.provisioner.plan import Plan
from flowvigil.provisioner.wire import KINDS

from .cloud_ids import identity
from .session import Session

Resource = dict[str, Any]


def keep_wanted(session: Session, exported: dict[str, Any], plan: Plan, note: Callable[[str], None]) -> None:
    """Give each object that waits for its removal, but is planned, its place back."""
    resources = exported["deployment"].get("resources") or []
    kept = list(_kept(resources, plan))
    if kept:
        note(f"an earlier run stopped half-way; keeping {', '.join(kept)}")
        session.restore(exported)


def _kept(resources: list[Resource], plan: Plan) -> Iterable[str]:
    leaving = [one for one in resources if one.get("delete") and one.get("custom")]
    wanted = _wanted(plan) if leaving else {}
    for one in leaving:
        key = wanted.get((one["type"], identity(one["type"], one.get("inputs") or {})))
        if key:
            _swap(resources, one, f"{one['urn'].rsplit('::', 1)[0]}::{key}")
            yield key


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
