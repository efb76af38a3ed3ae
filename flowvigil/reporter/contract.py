"""The contract between reporter, rules and dashboards: every metric, dimension and field name.

The reporter writes these names, CloudMonitor rules and Log Service queries read them.
Knows nothing of YAML, Pulumi or HTTP; standard library only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from . import status

CATEGORY = "custom"
COMPONENT = "generation"

DIMENSION_FLOW = "flow"
DIMENSION_SERVICE = "service"

NO_GROUP = "0"
"""GroupId of a series that belongs to no application group (PutCustomMetric, help page 115004)."""

NAME_LIMIT = 64
"""Metric and dimension names beyond 64 bytes are cut by the service without a word (same page)."""

NAMESPACE_PREFIX = "acs_customMetric_"
"""Custom metrics live in this namespace followed by the main account's uid (DescribeCustomMetricList)."""

LATENCY, FAILURE_RATE, SLOW_STREAK, FAILURE_STREAK, RUNS, OPEN_AGE = (
    "response_time",
    "failure_rate",
    "slow_streak",
    "failure_streak",
    "runs",
    "oldest_open_run",
)

METRIC_OF_SIGNAL = {
    "p50": LATENCY,
    "p90": LATENCY,
    "p95": LATENCY,
    "p99": LATENCY,
    "failure_rate": FAILURE_RATE,
    "slow_streak": SLOW_STREAK,
    "failure_streak": FAILURE_STREAK,
    "no_runs": RUNS,
    "stuck": OPEN_AGE,
}
"""The metric each signal is judged on; what rests on events in Log Service alone has none."""

RELAY_FLOW, RELAY_ALIVE = "flowvigil_relay", "custom_flowvigil_relay_alive"
"""What a relay reports each minute, 1 when it delivers, else 0; no flow is called so, for ids have no `_`."""

# Fields of a run event and of a reporter event in Log Service.
EVENT, EVENT_RUN, EVENT_REPORTER = "event", "run", "reporter"
FLOW, SERVICE, METRIC, REPORTER = "flow", "service", "metric", "reporter"
RUN_ID, TRACE_ID, STATUS, VERSION, ERROR_TYPE = "run_id", "trace_id", "status", "version", "error_type"
DURATION_MS, WEIGHT = "duration_ms", "weight"
ENDED_US = "ended_us"
"""When a run ended, in microseconds since the epoch: puts runs of one second in order, whoever reports them."""
INPUT_TOKENS, OUTPUT_TOKENS, FIRST_TOKEN_MS = "input_tokens", "output_tokens", "first_token_ms"
MODEL_MS, RETRIEVER_MS, TOOL_MS = "model_ms", "retriever_ms", "tool_ms"
TOKENS, COMPONENTS = (INPUT_TOKENS, OUTPUT_TOKENS), (MODEL_MS, RETRIEVER_MS, TOOL_MS)
MEASURES = (*TOKENS, FIRST_TOKEN_MS, *COMPONENTS)
"""What a run may say of its inside; a run event has those that were told."""
SETTINGS_HASH, DROPPED = "settings_hash", "dropped"
OPEN_RUNS, WAITING_RUNS = "open_runs", "waiting_runs"

MANY = "many"
"""What the settings say of a flow that several processes report; Log Service then judges its streaks."""

SUCCEEDED, FAILED, TIMED_OUT, CANCELLED = status.SUCCEEDED, status.FAILED, status.TIMED_OUT, status.CANCELLED
STATUSES = status.STATUSES


def metric_path(app: str, metric: str) -> str:
    """The canonical path, e.g. `custom/langflow/generation/response_time`."""
    return f"{CATEGORY}/{app}/{COMPONENT}/{metric}"


def shorten(name: str, limit: int = NAME_LIMIT) -> str:
    """The name itself, or its head and a hash of the whole when it is over `limit` bytes."""
    if len(name.encode()) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name.encode()[: limit - 9].decode(errors="ignore") + "_" + digest


def metric_name(path: str, alarm: str) -> str:
    """The CloudMonitor name of the series that one alarm judges: letters, digits and `_`, at most 64 bytes."""
    leaf = path.rsplit("/", 1)[1]
    whole = path if alarm == leaf else f"{path}/{alarm}"
    return shorten(re.sub(r"[^A-Za-z0-9]", "_", whole))


NONE: Mapping[str, Any] = MappingProxyType({})


class Series(NamedTuple):
    """One judged CMS series of a flow, and what the reporter needs in order to fill it.

    `metric` is the CMS name, `signal` one of METRIC_OF_SIGNAL's keys, `period_s` the window that the rule reads.
    Percentiles and rates carry the real value when the window holds at least `min_runs` runs, else 0.
    `over_ms` is the limit of a slow_streak.
    """

    metric: str
    signal: str
    alarm: str
    period_s: int = 60
    min_runs: int = 1
    over_ms: float | None = None


class Place(NamedTuple):
    """A Log Service project and a store in it."""

    project: str
    logstore: str


class FlowSettings(NamedTuple):
    """What a reporter must know of one flow. `log_project` and `logstore` are given where they differ from all's."""

    flow: str
    app: str = "flow"
    group_id: str = NO_GROUP
    reporters: str = "one"
    sampling: int = 1
    slow_over_ms: float | None = None
    series: tuple[Series, ...] = ()
    dimensions: Mapping[str, tuple[str, ...]] = NONE
    source: Mapping[str, str] = NONE
    version: Mapping[str, str] = NONE
    log_project: str = ""
    logstore: str = ""


class Settings(NamedTuple):
    """The settings file that `flowvigil export reporter` writes and a reporter re-reads when it changes.

    `endpoints` maps `cms` and `log` to `scheme://host[:port]`; missing ones follow from `region`.
    """

    service: str
    region: str
    hash: str = ""
    log_project: str = ""
    logstore: str = ""
    endpoints: Mapping[str, str] = NONE
    flows: tuple[FlowSettings, ...] = ()

    def place(self, flow: FlowSettings) -> Place | None:
        """The store that the flow's run events and reporter events go to: its own, else the one of all, if any."""
        whole = flow if flow.log_project and flow.logstore else self
        return Place(whole.log_project, whole.logstore) if whole.log_project and whole.logstore else None

    def places(self) -> list[Place]:
        """Every store, the one of all flows first."""
        found = [self.place(FlowSettings("")), *map(self.place, self.flows)]
        return list(dict.fromkeys(place for place in found if place is not None))


def settings_to_json(settings: Settings) -> dict[str, Any]:
    """The file's JSON form: `{"settings": 1, "service": …, "flows": {id: {…}}}`, defaults left out."""
    flows = {flow.flow: _compact(flow) for flow in settings.flows}
    for flow in settings.flows:
        flows[flow.flow].pop("flow")
        if flow.series:
            flows[flow.flow]["series"] = [_compact(series) for series in flow.series]
    return {"settings": 1, **_compact(settings), "flows": flows}


def settings_from_json(data: dict[str, Any], unknown: Callable[[str], object] = str) -> Settings:
    """Read what `settings_to_json` wrote. Raises ValueError that names all that is wrong.

    Keys that this version does not know are left out and told to `unknown`: a newer one may have written them.
    """
    if problems := list(_problems(data)):
        raise ValueError("; ".join(problems))
    flows = tuple(_flow(name, values, unknown) for name, values in data.get("flows", {}).items())
    rest = {key: value for key, value in data.items() if key not in ("settings", "flows")}
    return Settings(**_known(Settings, rest, unknown), flows=flows)


def _problems(data: Any) -> Iterator[str]:
    """Every value of a file that is not of its field's kind, with its path and what would be right."""
    version = data.get("settings") if isinstance(data, dict) else data
    if not isinstance(data, dict) or version != 1:
        yield f"settings version {version!r} is not 1"
        return
    yield from _wrong(Settings, data, "")
    flows = data.get("flows", {})
    if not isinstance(flows, dict):
        yield f"flows is {flows!r}, not an object"
        return
    for name, flow in flows.items():
        yield from _wrong(FlowSettings, flow, f"flows.{name}")
        series = flow.get("series") if isinstance(flow, dict) else None
        for place, one in enumerate(series if isinstance(series, list) else ()):
            yield from _wrong(Series, one, f"flows.{name}.series[{place}]")


def _wrong(kind: Any, values: Any, place: str) -> Iterator[str]:
    if not isinstance(values, dict):
        yield f"{place} is {values!r}, not an object"
        return
    for field in kind._fields:
        path = f"{place}.{field}".lstrip(".")
        if field in ("flow", "flows"):
            continue
        if field not in values:
            if field not in kind._field_defaults:
                yield f"{path} is missing"
        elif right := _right(field, kind._field_defaults.get(field, ""), values[field]):
            yield f"{path} is {values[field]!r}, not {right}"


def _right(field: str, default: Any, value: Any) -> str:
    """What a value should be, going by its field's default; nothing when it is that."""
    if default is None:
        return "" if value is None or (type(value) in (int, float) and value >= 0) else "a number"
    if isinstance(default, Mapping):
        inner, right = (list, "lists of texts") if field == "dimensions" else (str, "texts")
        return "" if isinstance(value, dict) and all(isinstance(one, inner) for one in value.values()) else right
    kind, right = _KINDS[type(default)]
    return "" if type(value) is kind else right


_KINDS: dict[type, tuple[type, str]] = {str: (str, "a text"), int: (int, "a whole number"), tuple: (list, "a list")}


def _flow(name: str, values: dict[str, Any], unknown: Callable[[str], object]) -> FlowSettings:
    series = tuple(Series(**_known(Series, one, unknown)) for one in values.get("series", ()))
    dimensions = {key: tuple(legal) for key, legal in values.get("dimensions", {}).items()}
    given = _known(FlowSettings, values, unknown)
    return FlowSettings(**{**given, "flow": name, "series": series, "dimensions": dimensions})


def _known(kind: Any, values: dict[str, Any], unknown: Callable[[str], object]) -> dict[str, Any]:
    for key in values.keys() - set(kind._fields):
        unknown(key)
    return {key: value for key, value in values.items() if key in kind._fields}


def _compact(value: Any) -> dict[str, Any]:
    fields = value._fields
    pairs = {name: getattr(value, name) for name in fields}
    return {name: one for name, one in pairs.items() if one not in (None, "", (), {}) or name == "flow"}
