"""What Log Service says of alerts: a JSON list, one object each, written by the content template of the stack.

Documented are the variables that the template names (page on variables of content templates) and that alerts of one
set come as one list (page on creating a content template). Like a callback, nothing of it is ever shown to people.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from .callback import EARLIEST_MS, LATEST_MS, LONGEST, OK, Callback, CallbackError

MOST = 1000
"""Alerts of one post; a set has at most a hundred."""

FIRING, RESOLVED = "firing", "resolved"


def alerts(body: bytes) -> list[Callback]:
    """Read a post about one or several alerts. Raises CallbackError."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CallbackError("the body is no JSON in UTF-8") from error
    listed = told if isinstance(told, list) else [told]
    if not listed or len(listed) > MOST:
        raise CallbackError(f"the body holds no alert, or more than {MOST}")
    return [_alert(one) for one in listed]


def _alert(told: Any) -> Callback:
    if not isinstance(told, Mapping):
        raise CallbackError("an alert is no object")
    rule, service, flow = (_text(told, name) for name in ("rule", "service", "flow"))
    if not rule:
        raise CallbackError("an alert holds no rule")
    name = f"{rule} [{service}]" if service else rule
    return Callback(rule, name, _state(told), _time(told.get("at")), _number(told.get("value")), f"flow={flow}")


def _text(told: Mapping[str, Any], name: str) -> str:
    text = told.get(name, "")
    if not isinstance(text, str) or len(text) > LONGEST or not _writable(text):
        raise CallbackError(f"{name} is no text of at most {LONGEST} characters")
    return text


def _writable(text: str) -> bool:
    """Whether a database can keep it: JSON may hold half of a surrogate pair."""
    return text.encode(errors="ignore").decode() == text


def _state(told: Mapping[str, Any]) -> str:
    if told.get("status") == RESOLVED:
        return OK
    severity = told.get("severity")
    if told.get("status") != FIRING or isinstance(severity, bool) or not isinstance(severity, int):
        raise CallbackError("status is not firing or resolved, or severity is no number")
    return "critical" if severity >= 10 else "warning" if severity >= 6 else "info"


def _time(seconds: Any) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise CallbackError("at is no time in seconds")
    if not EARLIEST_MS <= seconds * 1000 < LATEST_MS:
        raise CallbackError("at is no time in seconds")
    return seconds * 1000


def _number(value: Any) -> float | None:
    try:
        found = float(value) if isinstance(value, (str, int, float)) and len(str(value)) <= 40 else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) else None
