"""Custom metric series: what a point must look like, how names are rewritten, how points are kept and read."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from flowvigil.emulator.cms.statistics import STATISTICS, merged, summarised
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

NAME_BYTES, DIMENSION_CHARACTERS, DIMENSIONS = 64, 64, 10
RAW, AGGREGATED = "0", "1"
RAW_KEY = "raw"
LARGEST = sys.float_info.max
_REWRITTEN = str.maketrans("=&,", "___")


class RefusedEntry(Exception):  # noqa: N818 - named for what happened
    """One entry that the service does not take; the message is the one of body code 206 or 400."""

    def __init__(self, message: str, code: str = "206") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Point:
    """One entry of PutCustomMetric after the service's own rewriting; `time` in ms, at the start of its window."""

    group: str
    metric: str
    dimension: str
    periods: tuple[int, ...]
    time: int
    values: Body


def point(tenant: Tenant, entry: Body) -> Point:
    """Check and rewrite one entry as documented for PutCustomMetric; RefusedEntry says why it is not taken."""
    kind = str(entry.get("Type", ""))
    if kind not in (RAW, AGGREGATED):
        raise RefusedEntry("type is invalid")
    if kind == RAW and tenant.switches["raw_points"] == "refuse":
        raise RefusedEntry("not allowed original value, please upgrade service")
    group = str(entry.get("GroupId", ""))
    if not group.isdecimal():
        raise RefusedEntry("groupId is invalid", "400")
    values = _values(kind, entry.get("Values"))
    periods = (60, 300) if kind == RAW else (_period(entry.get("Period")),)
    time = _time(tenant, entry.get("Time"))
    return Point(group, metric_name(str(entry.get("MetricName", ""))), _dimension(entry), periods, time, values)


@lru_cache(maxsize=4096)
def metric_name(name: str) -> str:
    """A bad first character becomes `A`, other bad ones `_`, the rest beyond 64 bytes is cut (D-PCM)."""
    if not name:
        raise RefusedEntry("metricName is invalid", "400")
    first = name[0] if re.match(r"[A-Za-z]", name) else "A"
    return (first + re.sub(r"[^A-Za-z0-9_]", "_", name[1:]))[:NAME_BYTES]


def _dimension(entry: Body) -> str:
    found = _json(entry.get("Dimensions", "{}"))
    if not isinstance(found, dict) or any(isinstance(value, (dict, list)) for value in found.values()):
        raise RefusedEntry("dimensions is invalid", "400")
    if len(found) > DIMENSIONS:
        raise RefusedEntry(f"dimensions is invalid: more than {DIMENSIONS} pairs", "400")
    return "&".join(f"{_part(key)}={_part(str(found[key]))}" for key in sorted(found))


def _part(text: str) -> str:
    return text.translate(_REWRITTEN)[:DIMENSION_CHARACTERS]


def _values(kind: str, text: object) -> Body:
    found = _json(text)
    if not isinstance(found, dict) or not found:
        raise RefusedEntry("values is invalid", "400")
    for key, value in found.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= LARGEST:
            raise RefusedEntry(f"values is invalid: {key} is no number", "400")
        if key not in (("value",) if kind == RAW else STATISTICS):
            raise RefusedEntry(f"values is invalid: {key}", "400")
    return found if kind == AGGREGATED else {RAW_KEY: [found["value"]]}


def _period(value: object) -> int:
    if str(value) not in ("60", "300"):
        raise RefusedEntry("period is invalid", "400")
    return int(str(value))


def _time(tenant: Tenant, value: object) -> int:
    now = tenant.now()
    text = str(value or now)
    try:
        time = int(text) if text.isdecimal() else int(datetime.strptime(text, "%Y%m%dT%H%M%S.%f%z").timestamp() * 1000)
    except ValueError:
        raise RefusedEntry("time is invalid", "400") from None
    oldest, newest = tenant.switches.number("oldest_point_s"), tenant.switches.number("newest_point_s")
    if not now - oldest * 1000 <= time <= now + newest * 1000:
        raise RefusedEntry("time is out of range")
    return time


def _json(text: object) -> object:
    try:
        return parsed(str(text))
    except ValueError:
        return None


def keep(tenant: Tenant, taken: Point) -> bool:
    """Store a point in each of its windows; True when an aggregate of that series and window was there already.

    RefusedEntry when it would be a series too many.
    """
    limit = tenant.switches.number("series_quota")
    if limit and not _known(tenant, taken) and _count(tenant) >= limit:
        raise RefusedEntry("reach max time series num")
    doubled = False
    for period in taken.periods:
        time = taken.time - taken.time % (period * 1000)
        where = (tenant.account, taken.group, taken.metric, taken.dimension, period, time)
        found = tenant.state.db.execute(
            "SELECT vals FROM points WHERE account=? AND grp=? AND metric=? AND dimension=? AND period=? AND time=?",
            where,
        ).fetchone()
        doubled = doubled or (found is not None and RAW_KEY not in taken.values)
        values = _together(tenant, json.loads(found[0]), taken.values) if found else taken.values
        tenant.state.db.execute(
            "INSERT OR REPLACE INTO points VALUES (?,?,?,?,?,?,?,?)", (*where, json.dumps(values), tenant.now())
        )
    return doubled


def _together(tenant: Tenant, old: Body, new: Body) -> Body:
    if RAW_KEY in old and RAW_KEY in new:
        return {RAW_KEY: old[RAW_KEY] + new[RAW_KEY]}
    rule = tenant.switches["duplicates"]
    return old if rule == "first" else merged(old, new) if rule == "merge" else new


def _known(tenant: Tenant, taken: Point) -> bool:
    return taken.dimension in dimensions_of(tenant, taken.metric, taken.group)


def _count(tenant: Tenant) -> int:
    return len(listed(tenant))


def listed(tenant: Tenant) -> list[Body]:
    """Every series of the account: group, metric, dimension text and the md5 that names it."""
    rows = tenant.state.db.execute(
        "SELECT DISTINCT grp, metric, dimension FROM points WHERE account=? ORDER BY metric, grp, dimension",
        (tenant.account,),
    )
    return [
        {"groupId": grp, "metricName": metric, "dimension": text, "md5": md5(grp, metric, text)}
        for grp, metric, text in rows
    ]


def md5(group: str, metric: str, dimension: str) -> str:
    """The name of a series; how the service computes it is not documented."""
    return hashlib.md5(f"{group}|{metric}|{dimension}".encode(), usedforsecurity=False).hexdigest()


def delete(tenant: Tenant, group: str, metric: str, digest: str) -> None:
    """Forget a series and its points."""
    for series in listed(tenant):
        if (series["groupId"], series["metricName"]) == (group, metric) and digest in ("", series["md5"]):
            tenant.state.db.execute(
                "DELETE FROM points WHERE account=? AND grp=? AND metric=? AND dimension=?",
                (tenant.account, group, metric, series["dimension"]),
            )


def read(tenant: Tenant, metric: str, period: int, start: int, end: int) -> list[Body]:
    """Points with start < time ≤ end, in ms, oldest first, that have arrived for long enough; raw ones summarised."""
    visible = tenant.now() - tenant.switches.number("ingestion_delay_s") * 1000
    rows = tenant.state.db.execute(
        "SELECT grp, dimension, time, vals FROM points "
        "WHERE account=? AND metric=? AND period=? AND time>? AND time<=? AND arrived<=? ORDER BY time, grp, dimension",
        (tenant.account, metric, period, start, end, visible),
    )
    return [
        {
            "timestamp": time,
            "userId": tenant.account,
            "groupId": grp,
            "dimension": text,
            **_shown(json.loads(vals), period),
        }
        for grp, text, time, vals in rows
    ]


def _shown(values: Body, period: int) -> Body:
    return summarised(values[RAW_KEY], period) if RAW_KEY in values else values


def is_reported(tenant: Tenant, metric: str, group: str) -> bool:
    """Whether any point of this metric has arrived under this group."""
    return bool(dimensions_of(tenant, metric, group))


def reporting_period(tenant: Tenant, metric: str, groups: set[str]) -> int:
    """The shortest window (s) under which a metric of these groups was reported; 60 before it was."""
    rows = tenant.state.db.execute(
        "SELECT grp, min(period) FROM points WHERE account=? AND metric=? GROUP BY grp", (tenant.account, metric)
    )
    return min((period for group, period in rows if group in groups), default=60)


def dimensions_of(tenant: Tenant, metric: str, group: str) -> list[str]:
    """The dimension texts (`k=v&k2=v2`) under which a metric of a group was reported."""
    rows = tenant.state.db.execute(
        "SELECT DISTINCT dimension FROM points WHERE account=? AND metric=? AND grp=? ORDER BY dimension",
        (tenant.account, metric, group),
    )
    return [row[0] for row in rows]
