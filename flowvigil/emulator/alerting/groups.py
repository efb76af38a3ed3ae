"""From the rows of a run to the groups that it found bad, each with its severity and the rows that speak for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flowvigil.emulator.alerting.conditions import Row, condition, holds
from flowvigil.emulator.alerting.rules import AUTO, CUSTOM, Alert, Severity

MOST = 100
"""Groups that one run may hand on; the service picks them at random, here the first ones count."""
Labels = tuple[tuple[str, str], ...]
NO_DATA: Labels = (("__no_data__", "true"),)


class Bad(NamedTuple):
    """A group that met a condition."""

    severity: int
    rows: tuple[Row, ...]


def judged(alert: Alert, rows: Sequence[Row]) -> dict[Labels, Bad]:
    """Every group that is bad, by the labels that name it. A run without rows is bad only where no data is."""
    if not rows and alert.no_data:
        return {NO_DATA: Bad(alert.no_data, ())}
    groups: dict[Labels, list[Row]] = {}
    for row in rows:
        groups.setdefault(_labels(alert, row), []).append(row)
    found = {labels: _bad(alert.severities, members) for labels, members in groups.items()}
    return dict([(labels, bad) for labels, bad in found.items() if bad][:MOST])


def _labels(alert: Alert, row: Row) -> Labels:
    if alert.grouping == CUSTOM:
        return tuple((name, _text(row.get(name))) for name in alert.group_by)
    if alert.grouping == AUTO:
        return tuple((name, str(value)) for name, value in sorted(row.items()) if _is_label(name, value))
    return ()


def _is_label(name: str, value: object) -> bool:
    """Automatic labels are those of time series: every field but time and value."""
    return not name.startswith("$") and name not in ("__time__", "time", "value") and value is not None


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _bad(severities: Sequence[Severity], rows: Sequence[Row]) -> Bad | None:
    """The first severity in the configured order whose condition is met."""
    for one in severities:
        met = tuple(row for row in rows if holds(one.condition, row))
        enough = condition(one.count)({"__count__": len(met)}) is True if one.count.strip() else bool(met)
        if enough:
            return Bad(one.number, met or tuple(rows))
    return None
