"""A forecast of what a plan costs in a month, from dated prices that stand in prices.yaml.

Counts what is charged for; a driver whose price nobody publishes is counted and not priced. Pure but for the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from flowvigil.provisioner.monitor import Monitor, Monitors
from flowvigil.provisioner.plan import Plan

HOURS, MINUTES = 730, 43_800
"""Of a month."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One thing that is charged for. `amount` is of a month; `cny` is None where no price is published."""

    name: str
    amount: float
    unit: str
    unit_zh: str
    cny: float | None
    date: str
    checked: bool

    def counted(self, lang: str) -> str:
        """What the amount counts, for people."""
        return self.unit_zh if lang == "zh" else self.unit


@lru_cache(maxsize=1)
def prices() -> Mapping[str, Any]:
    """The price file."""
    data: Mapping[str, Any] = yaml.load(Path(__file__).with_name("prices.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return data


def forecast(plan: Plan, monitors: Monitors) -> list[Driver]:
    """What the plan's month is made of: series, raw points, log volume, query calls, messages."""
    assumed = prices()["assumed"]
    series = sum(len(flow.series) for flow in plan.settings.flows)
    runs = sum(_kept_runs(one, assumed["runs_per_minute"]) for one in monitors.monitors) * MINUTES
    reports = len(monitors.monitors) and MINUTES * assumed["reporter_event_bytes"]
    written = (runs * assumed["run_event_bytes"] + reports) / 1e9
    phones = sum(_reaches_phone(plan, one, monitors) for one in monitors.monitors)
    return [
        _driver("series_hour", series * HOURS, HOURS),
        _driver("raw_point", 0),
        _driver("log_gb", written),
        _driver("query_call", 0),
        _driver("sms", phones * assumed["alarms_per_flow_month"]),
    ]


def total(drivers: Iterable[Driver]) -> float:
    """The sum of what has a price, in CNY."""
    return sum(one.cny or 0 for one in drivers)


def _driver(name: str, amount: float, free_times: int = 1) -> Driver:
    entry = prices()[name]
    charged = max(0.0, amount - entry["free"] * free_times)
    cny = None if entry["price"] is None and charged else round(charged * (entry["price"] or 0), 2)
    date, checked = str(entry["date"]), entry["checked"]
    return Driver(name, round(amount, 3), entry["unit"], entry["unit_zh"], cny, date, checked)


def _kept_runs(monitor: Monitor, usual: float) -> float:
    """Run events a minute; sampling thins the fast ones, taken here for all."""
    return (monitor.traffic or usual) / monitor.sampling


def _reaches_phone(plan: Plan, monitor: Monitor, monitors: Monitors) -> bool:
    phones = {group.name for group in monitors.groups if any(channel.sms for channel in group.channels)}
    return any(phones & set(choice.share.groups) for choice in plan.choices[monitor.flow])
