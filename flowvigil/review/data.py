"""Reviews as JSON data, for other tools. Texts are plain and harmless on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from . import fates
from .changes import Change
from .comparing import FlowReview, Review
from .said import Said, visible


def as_json(reviews: Sequence[Review], lang: str, notes: Sequence[Said] = ()) -> dict[str, Any]:
    """`{"notes": […], "stacks": {name: {flows, shared, resources, messages, costs, slices, findings}}}`."""
    return {"notes": [one.text(lang) for one in notes], "stacks": {one.stack: _review(one, lang) for one in reviews}}


def _review(review: Review, lang: str) -> dict[str, Any]:
    return {
        "changed": not review.empty,
        "flows": [_flow(one, lang) for one in review.flows],
        "shared": [_change(one, lang) for one in review.shared],
        "resources": [_resource(one, lang) for one in review.resources],
        "messages": [
            {"target": visible((now or was).target), "before": was and was.messages, "after": now and now.messages}  # type: ignore[union-attr]
            for was, now in review.rates
        ],
        "costs": [{"before": asdict(was), "after": asdict(now)} for was, now in review.costs],
        "slices": dict(review.slices),
        "findings": [one.text(lang) for one in review.findings],
    }


def _flow(one: FlowReview, lang: str) -> dict[str, Any]:
    return {
        "flow": one.flow,
        "kind": one.kind.value,
        "before": one.was or None,
        "after": one.now or None,
        "hint": one.hint and one.hint.text(lang),
        "changes": [_change(change, lang) for change in one.changes],
        "resources": [_resource(it, lang) for it in one.resources],
    }


def _change(one: Change, lang: str) -> dict[str, Any]:
    return {"path": visible(one.path), "says": one.said.text(lang), "effect": one.effect.value}


def _resource(one: fates.Change, lang: str) -> dict[str, Any]:
    harm = one.harm and one.harm.text(lang)
    key = visible(one.key)
    return {"fate": one.fate.value, "type": one.kind, "key": key, "fields": list(one.fields), "harm": harm}
