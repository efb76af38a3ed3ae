"""Raw points (Type 0): every run's latency, aggregated by CloudMonitor and paid by the account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .channel import Parcel
from .contract import LATENCY, FlowSettings, metric_name, metric_path
from .sinks.cms import ENTRY_BYTES, RawPoint
from .status import SUCCEEDED, TIMED_OUT


class RawPoints:
    """Makes one raw point of each succeeded or timed-out run of a flow."""

    def __init__(self, flow: FlowSettings, service: str, put: Callable[[list[Parcel]], None]) -> None:
        self._flow, self._service, self._put = flow, service, put
        self._metric = metric_name(metric_path(flow.app, LATENCY), LATENCY)

    def succeeded(self, durations_ms: Sequence[float], ended: float, now: float) -> None:
        self._put([self._parcel(float(value), ended, now) for value in durations_ms])

    def ended(self, run: tuple[Any, ...], now: float) -> None:
        if run[0] in (SUCCEEDED, TIMED_OUT):
            self._put([self._parcel(run[1], run[7], now)])

    def close_minute(self) -> None:
        """Nothing is held back."""

    def _parcel(self, value: float, ended: float, now: float) -> Parcel:
        flow = self._flow
        point = RawPoint(self._metric, flow.flow, self._service, flow.group_id, int(ended * 1000), value)
        return Parcel(point, 1, now, ENTRY_BYTES)
