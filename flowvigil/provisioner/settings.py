"""What a reporter must know of the flows: the series it fills, limits, sources. The file itself comes from `export`.

Group ids are known only after creation, so a plan's settings hold none; `with_groups` puts them in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from ..reporter.contract import NO_GROUP, FlowSettings, Settings, settings_to_json
from .monitor import LogStore, Monitor
from .outline import Outline


def flow_settings(monitor: Monitor, outline: Outline, home: LogStore) -> FlowSettings:
    """The settings of one flow, in no group; a store of runs is said where it is not `home`, the stack's own."""
    source, logs = monitor.source, monitor.logs or home
    return FlowSettings(
        flow=monitor.flow,
        app=source.app,
        reporters=monitor.reporters.value,
        sampling=monitor.sampling,
        slow_over_ms=outline.slow_over_ms,
        series=outline.series,
        dimensions={dimension.name: dimension.values for dimension in monitor.dimensions},
        source=_given(id=source.id, endpoint=source.endpoint, name=source.name),
        version=_given(env=source.version_env, pattern=source.version_pattern),
        log_project=logs.project if logs != home else "",
        logstore=logs.logstore if logs != home else "",
    )


def with_groups(settings: Settings, ids: Mapping[str, str]) -> Settings:
    """The settings with each flow's group id (by flow; flows left out belong to none) and their hash."""
    flows = tuple([flow._replace(group_id=ids.get(flow.flow, NO_GROUP)) for flow in settings.flows])
    whole = settings._replace(flows=flows, hash="")
    text = json.dumps(settings_to_json(whole), sort_keys=True)
    return whole._replace(hash=hashlib.sha256(text.encode()).hexdigest()[:16])


def _given(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}
