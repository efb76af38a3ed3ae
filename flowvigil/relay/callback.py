"""A rule's callback as its form has it: only what the relay needs, and only if it is what it should be.

Fields: CloudMonitor, "Configure alert callback" (help page 60714): alertName, alertState (OK, ALERT,
INSUFFICIENT_DATA), curValue, ruleId, timestamp (ms), triggerLevel (CRITICAL, WARN, INFO, OK). Nothing of the form is
ever shown to people: names and ids are only looked up, the value must be a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import parse_qsl

LARGEST = 64 * 1024
MOST_FIELDS = 100
LONGEST = 500
OK, NO_DATA = "ok", "no_data"
SEVERITY = {"CRITICAL": "critical", "WARN": "warning", "INFO": "info", "OK": OK}
EARLIEST_MS, LATEST_MS = 1_000_000_000_000, 100_000_000_000_000


class CallbackError(ValueError):
    """The body is no callback; the text says why, without showing any of it."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What a rule says. `state` is a severity, ok or no_data; `at_ms` is the service's time; `value` may be unknown.

    `dimensions` is only ever searched for the id of a flow, to tell two rules of one name apart.
    """

    rule_id: str
    rule_name: str
    state: str
    at_ms: int
    value: float | None
    dimensions: str = ""


def callback(body: bytes) -> Callback:
    """Read a form. Raises CallbackError."""
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except (UnicodeDecodeError, ValueError) as error:
        raise CallbackError("the body is no form in UTF-8") from error
    rule_id, rule_name = _text(fields, "ruleId"), _text(fields, "alertName")
    if not rule_id and not rule_name:
        raise CallbackError("the form holds neither ruleId nor alertName")
    return Callback(
        rule_id=rule_id,
        rule_name=rule_name,
        state=_state(fields),
        at_ms=_time(fields.get("timestamp", "")),
        value=_number(fields.get("curValue", "")),
        dimensions=fields.get("dimensions", "")[:4096],
    )


def _text(fields: dict[str, str], name: str) -> str:
    text = fields.get(name, "")
    if len(text) > LONGEST:
        raise CallbackError(f"{name} is longer than {LONGEST} characters")
    return "" if text == "null" else text


def _state(fields: dict[str, str]) -> str:
    alert, level = fields.get("alertState", ""), fields.get("triggerLevel", "")
    if alert == "OK":
        return OK
    if alert == "INSUFFICIENT_DATA":
        return NO_DATA
    if alert != "ALERT" or level not in SEVERITY or level == "OK":
        raise CallbackError("alertState is not OK, ALERT or INSUFFICIENT_DATA, or triggerLevel is no level")
    return SEVERITY[level]


def _time(text: str) -> int:
    """Milliseconds; seconds are taken too, since the form is documented by examples only."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 14):
        raise CallbackError("timestamp is no time in milliseconds")
    found = int(text) * (1000 if len(text) <= 10 else 1)
    if not EARLIEST_MS <= found < LATEST_MS:
        raise CallbackError("timestamp is no time in milliseconds")
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text) if len(text) <= 40 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
