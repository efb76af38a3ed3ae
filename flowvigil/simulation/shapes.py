"""What a flow's traffic looks like, minute by minute: how many runs, how long, how they end, whether anybody reports.

A shape is a pure function of the moment and a source of chance, so a seed gives the same traffic again.
Durations grow from `limit_ms`, what the flow calls slow: healthy runs take about a quarter of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from flowvigil.reporter.contract import (
    FAILED,
    FIRST_TOKEN_MS,
    INPUT_TOKENS,
    MODEL_MS,
    OUTPUT_TOKENS,
    RETRIEVER_MS,
    SUCCEEDED,
    TIMED_OUT,
)

RATE = 40
"""Runs a minute of a flow with ordinary traffic."""
SPREAD = 0.35
"""Of the logarithm of a duration; P95 is then 1.8 times the median."""
STABLE, NEW = "v1.4.2", "v1.5.0"


@dataclass(frozen=True, slots=True)
class Run:
    """One run; it ends `at` seconds after its minute began."""

    at: float
    duration_ms: float
    status: str = SUCCEEDED
    error_type: str | None = None
    version: str = STABLE

    @property
    def told(self) -> tuple[tuple[str, float], ...]:
        """What it tells of its inside: a fifth of its time goes to retrieval, most to a streaming model."""
        ms = self.duration_ms
        tokens = ((INPUT_TOKENS, 1200), (OUTPUT_TOKENS, 400))
        return *tokens, (FIRST_TOKEN_MS, 0.3 * ms), (RETRIEVER_MS, 0.2 * ms), (MODEL_MS, 0.75 * ms)


@dataclass(frozen=True, slots=True)
class Moment:
    """`part` runs from 0 at the beginning to 1 at the end of the simulation."""

    minute: int
    part: float
    limit_ms: float
    chance: Random


@dataclass(frozen=True, slots=True)
class Shape:
    """`runs` gives a minute's traffic, None when the reporter is dead; `hangs` whether a run that began is open yet."""

    says: str
    runs: Callable[[Moment], list[Run] | None]
    hangs: Callable[[Moment], bool] = lambda _now: False


def healthy(now: Moment) -> list[Run]:
    """One run in two hundred fails."""
    return _traffic(now, failing=0.005)


def creep(now: Moment) -> list[Run]:
    """Grows from a quarter of what is slow to twice of it, then a fix is rolled out."""
    grown = 1 + 7 * min(now.part / 0.5, 1.0) if now.part < 0.75 else 1.0
    return _traffic(now, slower=grown)


def outage(now: Moment) -> list[Run]:
    """The model cannot be reached for the middle third."""
    if not 1 / 3 <= now.part < 2 / 3:
        return healthy(now)
    return _traffic(now, failing=0.97, slower=0.1, error="ConnectError")


def low_traffic(now: Moment) -> list[Run]:
    """A run every four minutes; in the second half each of them is slow."""
    slower = 6.0 if now.part >= 0.5 else 1.0
    return _traffic(now, slower=slower, rate=1) if now.minute % 4 == 0 else []


def timeout_tail(now: Moment) -> list[Run]:
    """From a third on every eighth run takes as long as it is let."""
    runs = healthy(now)
    if now.part < 1 / 3:
        return runs
    given_up = 4 * now.limit_ms
    return [
        Run(run.at, given_up, TIMED_OUT, "ReadTimeout", run.version) if now.chance.random() < 0.125 else run
        for run in runs
    ]


def version_regression(now: Moment) -> list[Run]:
    """From a third on a growing share of runs is of a version that takes five times as long."""
    share = max(0.0, min((now.part - 1 / 3) * 2, 0.6))
    return [
        Run(run.at, run.duration_ms * 5, run.status, run.error_type, NEW) if now.chance.random() < share else run
        for run in healthy(now)
    ]


def reporter_dies(now: Moment) -> list[Run] | None:
    """Healthy, and from the middle on nobody reports."""
    return healthy(now) if now.part < 0.5 else None


def silent(_now: Moment) -> list[Run]:
    """A reporter that lives and sees no run."""
    return []


def hanging(now: Moment) -> bool:
    """Begins with the second quarter, is given up with the fourth."""
    return 0.25 <= now.part < 0.75


def _traffic(
    now: Moment, *, slower: float = 1.0, failing: float = 0.0, rate: int = RATE, error: str = "UpstreamError"
) -> list[Run]:
    """Runs of one minute in the order in which they end; `failing` is the share that fails."""
    median = now.limit_ms / 4 * slower
    ends = sorted(now.chance.uniform(0, 60) for _ in range(max(rate + now.chance.randint(-rate // 8, rate // 8), 1)))
    return [_run(now.chance, at, median, failing, error) for at in ends]


def _run(chance: Random, at: float, median: float, failing: float, error: str) -> Run:
    duration = median * math.exp(chance.gauss(0, SPREAD))
    return Run(at, duration, FAILED, error) if chance.random() < failing else Run(at, duration)


SHAPES: Mapping[str, Shape] = MappingProxyType({
    "healthy": Shape("ordinary traffic, one run in two hundred fails", healthy),
    "creep": Shape("latency creeps to twice what is slow, then a fix is rolled out", creep),
    "outage": Shape("nearly every run fails for the middle third", outage),
    "low-traffic": Shape("a run every four minutes, all of them slow in the second half", low_traffic),
    "timeout-tail": Shape("from a third on every eighth run times out", timeout_tail),
    "version-regression": Shape("from a third on a new version takes five times as long", version_regression),
    "reporter-dies": Shape("healthy, and from the middle on nobody reports", reporter_dies),
    "stuck": Shape("healthy, and one run hangs from a quarter to three quarters", healthy, hanging),
    "silent": Shape("the reporter lives and no run happens", silent),
})  # fmt: skip
