"""CloudMonitor custom metrics: aggregated points (Type 1, free) and raw ones (Type 0, paid by the account).

Names of fields and their limits: PutCustomMetric, help page 115004. A point's Time is the start of its window.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from ..channel import Kind, Verdict
from ..contract import DIMENSION_FLOW, DIMENSION_SERVICE, shorten
from ..gate import GATE
from ..window import Point
from ..wire.rpc import FORM, Stamp, Templates, framed, number, places
from .answers import code_and_message
from .cloud import Caller, CannotSignError

ACTION, VERSION = "PutCustomMetric", "2019-01-01"
ENTRIES = 20
"""Per call; the API page allows 21, the user guide 100."""
ENTRY_BYTES = 700
"""What is reckoned for one; the longest legal names come to 680."""
STATISTICS = ("Average", "LastValue", "Maximum", "Minimum", "SampleCount", "Sum")
_RAW = ("value",)
_ILLEGAL = re.compile(r"[^A-Za-z0-9.\-_/\\]")


class RawPoint(NamedTuple):
    """One run's value, aggregated by the service."""

    metric: str
    flow: str
    service: str
    group_id: str
    time_ms: int
    value: float


class CmsSink:
    """Delivers Points and RawPoints to `endpoint`, at most `entries` (up to 100) a call."""

    name = "cms"
    batch_bytes = 100 * ENTRY_BYTES
    queue = 20_000

    def __init__(self, endpoint: str, caller: Caller, entries: int = ENTRIES) -> None:
        self.endpoint = endpoint.rstrip("/") + "/"
        self.entries = max(1, min(100, entries))
        self._caller = caller
        self._templates = Templates()

    def deliver(self, payloads: Sequence[Point | RawPoint], now: float, timeout_s: float) -> Verdict:
        try:
            keys = self._caller.provider.keys(now, timeout_s)
        except CannotSignError as error:
            return Verdict(Kind.RETRY, "credentials", str(error))
        stamp = Stamp.at(now + self._caller.skew_s)
        text = self.entries_text(payloads)
        with GATE:
            body = framed(ACTION, VERSION, text, keys, stamp)
        answer = self._caller.post(self.endpoint, body, FORM, now, timeout_s)
        if isinstance(answer, Verdict):
            return answer
        code, message = code_and_message(answer)
        if answer.status == 200 and code == "200":
            return Verdict(Kind.DELIVERED)
        if code == "206":
            return Verdict(Kind.SPLIT, refusal(message), f"206: {message}")
        return self._caller.failed(answer, "points")

    def entries_text(self, payloads: Sequence[Point | RawPoint]) -> str:
        """The quoted MetricList parameters, sorted."""
        return "&".join([self._entry(place, payloads[place - 1]) for place in places(len(payloads))])

    def _entry(self, place: int, point: Point | RawPoint) -> str:
        if isinstance(point, RawPoint):
            key: tuple[object, ...] = (place, point.metric, point.flow, point.service, point.group_id)
            fill = self._templates.get(key) or self._templates.make(key, place, fields(point), _RAW)
            return fill(point.time_ms, number(point.value))
        key = (place, point.metric, point.flow, point.service, point.group_id, point.period_s)
        fill = self._templates.get(key) or self._templates.make(key, place, fields(point), STATISTICS)
        highest, last = number(point.highest), number(point.last)
        lowest = last if point.last < point.highest else highest
        return fill(point.time_ms, highest, last, highest, lowest, "1", highest)

    def close(self) -> None:
        self._caller.transport.close()


def fields(point: Point | RawPoint) -> tuple[tuple[str, str], ...]:
    """The constant parameters of one entry."""
    pairs = {DIMENSION_FLOW: dimension(point.flow), DIMENSION_SERVICE: dimension(point.service)}
    dimensions = json.dumps(dict(sorted(pairs.items())), separators=(",", ":"))
    constant = (("GroupId", point.group_id), ("MetricName", point.metric), ("Dimensions", dimensions))
    if isinstance(point, RawPoint):
        return (*constant, ("Type", "0"))
    return (*constant, ("Type", "1"), ("Period", str(point.period_s)))


def dimension(value: str) -> str:
    """A legal dimension value: other characters become `_`, an over-long one ends in a hash of the whole."""
    return shorten(_ILLEGAL.sub("_", value), 64) or "_"


def refusal(message: str) -> str:
    """A word for what body code 206 complains of."""
    known = {"max time series": "series_quota", "original value": "raw_not_allowed", "type is invalid": "invalid_type"}
    return next((word for text, word in known.items() if text in message), "refused")
