"""What the engine's export of a stack says: which object of the plan a resource is, its id, the stack's outputs.

A URN ends with the resource's name, which is the object's key in the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STACK = "pulumi:pulumi:Stack"


def key_of(urn: str) -> str:
    """The key in the plan of the object with this URN; empty for none."""
    return urn.rpartition("::")[2]


def state_ids(state: Mapping[str, Any]) -> dict[str, str]:
    """The cloud's ids by key of the plan; what waits for its removal has none."""
    resources = state.get("resources") or ()
    return {key_of(one["urn"]): one.get("id", "") for one in resources if not one.get("delete")}


def stack_outputs(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the last finished `up` left as outputs; nothing before one."""
    found = (one.get("outputs") for one in state.get("resources") or () if one["type"] == STACK)
    return next(found, None) or {}
