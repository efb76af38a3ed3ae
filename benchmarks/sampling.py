"""What `sampling: 10` does to a P95 that is computed from run events.

    python benchmarks/sampling.py

300 windows of log-normal latencies. Run events carry weights, and the P95 is the weighted one, as dashboards ask for
it; its error is told against the P95 of all runs of the window. Seeded, so it prints the same each time.
"""

import math
import random
import statistics

from flowvigil.reporter.channel import Parcel
from flowvigil.reporter.events import RunEvents, as_event

WINDOWS, SAMPLING = 300, 10
MEDIAN_MS, SPREAD = 2440.6, 0.6
NORMAL = statistics.NormalDist()


def limit_ms(rank: float) -> float:
    """The latency that this part of all runs stays below."""
    return MEDIAN_MS * math.exp(SPREAD * NORMAL.inv_cdf(rank))


def weighted_p95(parcels: list[Parcel]) -> float:
    pairs = sorted((float(parcel.payload["duration_ms"]), parcel.runs) for parcel in parcels)
    left = 0.95 * sum(weight for _, weight in pairs)
    for duration, weight in pairs:
        left -= weight
        if left <= 1e-9:
            return duration
    return pairs[-1][0]


def errors(runs: int, fast_ms: float, rng: random.Random) -> list[float]:
    """Percent by which each window is off."""
    found = []
    for window in range(WINDOWS):
        parcels: list[Parcel] = []
        events = RunEvents({}, SAMPLING, fast_ms, {}, "", parcels.extend, as_event, lambda _odd: None, seed=window)
        values = [rng.lognormvariate(7.8, SPREAD) for _ in range(runs)]
        events.succeeded(values, 0.0, 0.0)
        events.close_minute()
        exact = sorted(values)[int(0.95 * runs) - 1]
        found.append(100 * abs(weighted_p95(parcels) / exact - 1))
    return found


def main() -> None:
    rng = random.Random(1)  # noqa: S311 - a simulation
    print("| runs in the window | limit | error in the middle, % | in one window of twenty, % |\n|---:|---|---:|---:|")
    for runs in (6000, 600):
        for rank in (0.90, 0.99):
            off = errors(runs, limit_ms(rank), rng)
            middle, bad = statistics.median(off), statistics.quantiles(off, n=20)[-1]
            print(f"| {runs} | P{rank * 100:.0f} | {middle:.2f} | {bad:.2f} |")


if __name__ == "__main__":
    main()
