"""What a reporter must know of the flows: the series it fills, limits, sources. The file itself comes from `export`.

Group ids are known only after creation, so a plan's settings hold none; `with_groups` puts them in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from ..reporter.contract import NO_GROUP, FlowSettings, Series, Settings, settings_to_json
from . import names
from .carriers import by_logs, period_s
from .monitor import PERCENTILES, Condition, Monitor


def flow_settings(monitor: Monitor) -> FlowSettings:
    """The settings of one flow, in no group."""
    return FlowSettings(
        flow=monitor.flow,
        app=monitor.source.app,
        reporters=monitor.reporters.value,
        sampling=monitor.sampling,
        slow_over_ms=_slow_over_ms(monitor),
        series=tuple([_series(monitor, one) for one in monitor.conditions if not by_logs(monitor, one)]),
        dimensions={dimension.name: dimension.values for dimension in monitor.dimensions},
        source=_given(id=monitor.source.id, endpoint=monitor.source.endpoint, name=monitor.source.name),
        version=_given(env=monitor.source.version_env, pattern=monitor.source.version_pattern),
    )


def with_groups(settings: Settings, ids: Mapping[str, str]) -> Settings:
    """The settings with each flow's group id (by flow; flows left out belong to none) and their hash."""
    flows = tuple([replace(flow, group_id=ids.get(flow.flow, NO_GROUP)) for flow in settings.flows])
    whole = replace(settings, flows=flows, hash="")
    text = json.dumps(settings_to_json(whole), sort_keys=True)
    return replace(whole, hash=hashlib.sha256(text.encode()).hexdigest()[:16])


def _series(monitor: Monitor, condition: Condition) -> Series:
    signal = condition.signal.value
    return Series(
        metric=names.metric(monitor.source.app, signal, condition.alarm),
        signal=signal,
        alarm=condition.alarm,
        period_s=period_s(condition),
        min_runs=condition.min_runs,
        over_ms=condition.over_ms,
    )


def _slow_over_ms(monitor: Monitor) -> float | None:
    """The lowest limit on durations: whatever is faster may be sampled."""
    limits = [one.over_ms for one in monitor.conditions if one.over_ms is not None]
    limits += [level.threshold for one in monitor.conditions if one.signal in PERCENTILES for level in one.levels]
    return min(limits, default=None)


def _given(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}
