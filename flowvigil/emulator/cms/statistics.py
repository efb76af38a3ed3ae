"""The 21 statistics of a custom metric: from raw values as documented, and two aggregates made one (assumed)."""

from __future__ import annotations

import math

PERCENTILES = (10, 20, 30, 40, 50, 60, 70, 75, 80, 90, 95, 98, 99)
STATISTICS = (
    "Average",
    "Minimum",
    "Maximum",
    "Sum",
    "SampleCount",
    "LastValue",
    "SumPerSecond",
    "CountPerSecond",
    *(f"P{percent}" for percent in PERCENTILES),
)


def summarised(raw: list[float], period: int) -> dict[str, float]:
    """All statistics of the raw values of one window of `period` seconds; percentiles by nearest rank."""
    ordered, total = sorted(raw), math.fsum(raw)
    found = {
        "Average": total / len(raw),
        "Minimum": ordered[0],
        "Maximum": ordered[-1],
        "Sum": total,
        "SampleCount": len(raw),
        "LastValue": raw[-1],
        "SumPerSecond": total / period,
        "CountPerSecond": len(raw) / period,
    }
    return found | {f"P{n}": ordered[max(math.ceil(n * len(raw) / 100), 1) - 1] for n in PERCENTILES}


def merged(old: dict[str, float], new: dict[str, float]) -> dict[str, float]:
    """Two aggregates of one window as one: sums add up, extremes win, averages weigh, percentiles take the larger."""
    both = {**old, **new}
    for name in old.keys() & new.keys():
        one, two = old[name], new[name]
        if name in ("Sum", "SampleCount", "SumPerSecond", "CountPerSecond"):
            both[name] = one + two
        elif name == "Minimum":
            both[name] = min(one, two)
        elif name == "Average":
            weights = old.get("SampleCount", 1), new.get("SampleCount", 1)
            both[name] = (one * weights[0] + two * weights[1]) / (sum(weights) or 1)
        elif name != "LastValue":
            both[name] = max(one, two)
    return both
