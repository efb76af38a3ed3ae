"""What the journal tells of a request: what was asked, and which object it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowvigil.emulator.documents import parsed
from flowvigil.emulator.registry import Action
from flowvigil.emulator.wire import Incoming

SHOWN_POINTS = 3
NAMING = ("projectName", "logstoreName", "dashboardName", "name", "id")


def asked(request: Incoming, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, and of Log Service the JSON document too; secrets are still in it.

    Of many points the first few stand for all: `/-/datapoints` has them.
    """
    document = _document(request)
    points = params.get("MetricList")
    if isinstance(points, list) and len(points) > SHOWN_POINTS:
        return {**params, "MetricList": points[:SHOWN_POINTS], "MetricList.more": len(points) - SHOWN_POINTS}
    return {**params, "body": document} if document else dict(params)


def touched(request: Incoming, action: Action | None, params: Mapping[str, Any], path: Mapping[str, str]) -> str:
    """The object by its name or names, empty when the request does not tell."""
    if request.is_sls:
        named = [str(_document(request).get(field)) for field in NAMING if request.method == "POST"]
        new = [name for name in named if name != "None"][:1]
        return "/".join(part for part in [request.project, *path.values(), *new] if part)
    values = [params.get(name) for name in (action.resource if action else ())]
    flat = [str(one) for value in values if value for one in (value if isinstance(value, list) else [value])]
    return ",".join(flat)


def _document(request: Incoming) -> dict[str, Any]:
    if not request.is_sls or not request.body.startswith(b"{"):
        return {}
    try:
        found = parsed(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
