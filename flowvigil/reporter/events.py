"""Run events and reporter events: what Log Service stores of every run.

Sampling thins fast succeeded runs only; the run that stays carries the weight of those it stands for, so that the
sum of weights of a minute is its number of runs. Never prompt, answer, session or user text.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import contract
from .channel import Parcel
from .measures import summed, written
from .status import SUCCEEDED
from .wire.protobuf import content, log, text

Event = dict[str, str]
Encode = Callable[[float, bytes, Event, Event], bytes | Event]
TEXT_LIMIT = 200
UNDECLARED, STRANGE = ODDITIES = "undeclared_dimension", "strange_measure"
"""What is left out of an event and counted; the run itself is not lost."""


def as_log(time_s: float, prefix: bytes, _constant: Event, changing: Event) -> bytes:
    """An event as a log of PutLogs."""
    return log(time_s, prefix + b"".join(content(text(key), text(value)) for key, value in changing.items()))


def as_event(time_s: float, _prefix: bytes, constant: Event, changing: Event) -> Event:
    """An event as a dictionary, its time in seconds under `time`."""
    return {"time": f"{time_s:.3f}", **constant, **changing}


class RunEvents:
    """Makes the run events of one flow. `put` takes the parcels; `encode` makes an event's form for it."""

    def __init__(
        self, constant: Event, sampling: int, fast_ms: float | None, dimensions: Mapping[str, tuple[str, ...]],
        version: str, put: Callable[[list[Parcel]], None], encode: Encode, odd: Callable[[str], None],
        seed: int | None = None,
    ) -> None:  # fmt: skip
        self.constant = constant
        self._prefix = b"".join(content(text(key), text(value)) for key, value in constant.items())
        self._sampling, self._fast_ms = max(1, sampling), fast_ms
        self._dimensions, self._version = dimensions, version
        self._put, self._encode, self._odd = put, encode, odd
        self._sequence = 0
        self._waiting: list[tuple[float, float, float, Event]] = []
        self._random = random.Random(seed)  # noqa: S311 - sampling

    def succeeded(self, durations_ms: Sequence[float], ended: float, now: float) -> None:
        """Plain succeeded runs, in order of completion, the last of which ended at `ended` at the latest."""
        parcels = []
        for duration_ms in durations_ms:
            if self._thinned(duration_ms):
                parcels += self._wait(float(duration_ms), ended, now, {})
            else:
                parcels.append(self._parcel(SUCCEEDED, float(duration_ms), ended, now, 1, {}))
        self._put(parcels)

    def ended(self, run: tuple[Any, ...], now: float) -> None:
        """One run with details, as the recorder keeps it."""
        status, duration_ms, error_type, run_id, trace_id, version, dimensions, ended, told = run
        measures = written(summed(told, lambda: self._odd(STRANGE)))
        if (
            status == SUCCEEDED
            and self._thinned(duration_ms)
            and not (error_type or run_id or trace_id or version or dimensions)
        ):
            self._put(self._wait(duration_ms, ended, now, measures))
            return
        details = {}
        if trace_id:
            details[contract.TRACE_ID] = _short(trace_id)
        if version:
            details[contract.VERSION] = _short(version)
        if error_type:
            details[contract.ERROR_TYPE] = _short(error_type)
        if dimensions:
            details.update(self._declared(dimensions))
        details.update(measures)
        self._put([self._parcel(status, duration_ms, ended, now, 1, details, run_id)])

    def close_minute(self) -> None:
        """Runs that still wait for their group to fill are represented before the minute ends."""
        if self._waiting:
            self._put([self._chosen()])

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def _thinned(self, duration_ms: float) -> bool:
        """Whether one event may stand for several such runs."""
        return self._sampling > 1 and (self._fast_ms is None or duration_ms <= self._fast_ms)

    def _wait(self, duration_ms: float, ended: float, now: float, measures: Event) -> list[Parcel]:
        self._waiting.append((duration_ms, ended, now, measures))
        return [self._chosen()] if len(self._waiting) == self._sampling else []

    def _chosen(self) -> Parcel:
        duration_ms, ended, now, measures = self._random.choice(self._waiting)
        weight = len(self._waiting)
        self._waiting.clear()
        return self._parcel(SUCCEEDED, duration_ms, ended, now, weight, measures)

    def _parcel(
        self, status: str, duration_ms: float, ended: float, now: float, weight: int, details: Event,
        run_id: str | None = None,
    ) -> Parcel:  # fmt: skip
        changing = {
            contract.STATUS: status,
            contract.DURATION_MS: f"{duration_ms:.3f}",
            contract.WEIGHT: str(weight),
            contract.ENDED_US: str(int(ended * 1e6)),
            contract.RUN_ID: run_id or self._new_id(ended),
        }
        if self._version:
            changing[contract.VERSION] = self._version
        changing.update(details)
        payload = self._encode(ended, self._prefix, self.constant, changing)
        return Parcel(payload, weight, now, len(payload) if isinstance(payload, bytes) else 300)

    def _new_id(self, ended: float) -> str:
        """Ids of one flow sort by completion, because several plain runs may carry the same time."""
        self._sequence = self._sequence + 1 & 0xFFFF_FFFF
        return f"{int(ended * 1000):012x}{self._sequence:08x}{self._random.getrandbits(48):012x}"

    def _declared(self, dimensions: Mapping[Any, Any]) -> Event:
        kept = {}
        for name, value in dimensions.items():
            legal = self._dimensions.get(name)
            if legal is None:
                self._odd(UNDECLARED)
            else:
                kept[name] = value if isinstance(value, str) and value in legal else "other"
        return kept


def reporter_parcel(now: float, fields: Event, encode: Encode) -> Parcel:
    """A reporter event; it stands for no run."""
    payload = encode(now, b"", {}, fields)
    return Parcel(payload, 0, now, len(payload) if isinstance(payload, bytes) else 300)


def _short(value: Any) -> str:
    return contract.shorten(str(value)[: 10 * TEXT_LIMIT], TEXT_LIMIT)
