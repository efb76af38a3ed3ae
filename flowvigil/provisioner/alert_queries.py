"""Log Service queries that judge a condition: one row for each flow, its reading in the column `value`.

Only flows with enough runs give a row. Units are those of thresholds: ms, percent, runs, seconds.
Alerts run on whole minutes; where a query needs the present, it takes `now()`.
Knows the contract's field names and the SQL that the service documents; knows nothing of thresholds.
"""

# ruff: noqa: S608 - the names in the queries are the contract's and flow ids that were checked

from __future__ import annotations

from collections.abc import Sequence

from ..reporter.contract import (
    CANCELLED,
    DURATION_MS,
    ENDED_US,
    FAILED,
    FIRST_TOKEN_MS,
    FLOW,
    OPEN_AGE,
    RUN_ID,
    STATUS,
    TIMED_OUT,
    WEIGHT,
)
from .monitor import Hours
from .queries import FAILURE_RATE, JUDGED, LATENCY_RUNS, TOKENS, TOLD_TOKENS, percentile

NOW = "CAST(to_unixtime(now()) AS bigint)"
STREAK_WINDOW_S = 3600
"""How far back a streak is followed; an older beginning is not counted."""


def latency(search: str, p: float, min_runs: int, hours: Hours | None = None) -> str:
    """The weighted percentile of the window's durations, in ms."""
    enough = f"sum({WEIGHT}) >= {min_runs}"
    return f"{search} and {LATENCY_RUNS} | SELECT {FLOW}, {percentile(p)} AS value {_by_flow(enough, hours)}"


def first_token(search: str, min_runs: int, hours: Hours | None = None) -> str:
    """The weighted P95 of the window's times to the first token, in ms, over runs that streamed, however they ended."""
    p95 = f"approx_percentile({FIRST_TOKEN_MS}, {WEIGHT}, 0.95)"
    streamed = f"FROM log WHERE {FIRST_TOKEN_MS} IS NOT NULL"
    return f"{search} | SELECT {FLOW}, {p95} AS value {streamed} {_by_flow(f'sum({WEIGHT}) >= {min_runs}', hours)}"


def tokens_per_run(search: str, min_runs: int, hours: Hours | None = None) -> str:
    """The weighted mean of the window's input and output tokens, over runs that told them."""
    mean = f"sum({TOKENS} * {WEIGHT}) * 1.0 / sum({WEIGHT})"
    told = f"FROM log WHERE {TOLD_TOKENS}"
    return f"{search} | SELECT {FLOW}, {mean} AS value {told} {_by_flow(f'sum({WEIGHT}) >= {min_runs}', hours)}"


def failure_rate(search: str, min_runs: int, hours: Hours | None = None) -> str:
    """Percent of the window's runs that failed."""
    return f"{search} | SELECT {FLOW}, {FAILURE_RATE} AS value {_by_flow(f'{JUDGED} >= {max(1, min_runs)}', hours)}"


def slow_streak(search: str, over_ms: float, period_s: int, hours: Hours | None = None) -> str:
    """The longest row of runs over the limit that the window touched; cancelled runs below it count neither way."""
    slow = f"{DURATION_MS} > {over_ms:g}"
    return _streak(search, slow, f"{STATUS} <> '{CANCELLED}' OR {slow}", period_s, hours)


def failure_streak(search: str, period_s: int, hours: Hours | None = None) -> str:
    """The longest row of failed runs that the window touched; cancelled runs count neither way."""
    failed = f"{STATUS} IN ('{FAILED}', '{TIMED_OUT}')"
    return _streak(search, failed, f"{STATUS} <> '{CANCELLED}'", period_s, hours)


def _streak(search: str, bad: str, counted: str, period_s: int, hours: Hours | None) -> str:
    """Runs between two good ones share the number of good runs before them, which tells streaks apart.

    Runs are in order of completion. Those of older reporters, which did not tell the microsecond, come last in their
    second, in the order of their ids.
    """
    order = f"ORDER BY __time__, {ENDED_US}, {RUN_ID} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    good_before = f"sum(CASE WHEN {bad} THEN 0 ELSE 1 END) OVER (PARTITION BY {FLOW} {order})"
    rows = f"SELECT {FLOW}, __time__, CASE WHEN {bad} THEN 1 ELSE 0 END AS bad, {good_before} AS streak FROM log"
    return (
        f"{search} | SELECT {FLOW}, max(length) AS value FROM (SELECT {FLOW}, streak, sum(bad) AS length "
        f"FROM ({rows} WHERE {counted}) GROUP BY {FLOW}, streak "
        f"HAVING max(CASE WHEN bad = 1 THEN __time__ END) >= {NOW} - {period_s + 60}) "
        f"{_by_flow('max(length) >= 1', hours)}"
    )


def silence(search: str, flows: Sequence[str], window_s: int, hours: Hours | None = None) -> str:
    """Seconds since the last event of each listed flow, at most the window; a flow without any event has a row too."""
    listed = ", ".join(f"('{flow}')" for flow in flows)
    limits = " AND ".join(within(hours))
    return (
        f"{search} | SELECT f.{FLOW} AS {FLOW}, coalesce({NOW} - r.latest, {window_s}) AS value "
        f"FROM (VALUES {listed}) AS f ({FLOW}) LEFT JOIN "
        f"(SELECT {FLOW}, max(__time__) AS latest FROM log GROUP BY {FLOW}) AS r ON f.{FLOW} = r.{FLOW}"
        + (f" WHERE {limits}" if limits else "")
        + f" LIMIT {len(flows)}"
    )


def stuck(search: str, hours: Hours | None = None) -> str:
    """Age in seconds of the oldest run that any reporter has open."""
    return f"{search} | SELECT {FLOW}, max({OPEN_AGE}) AS value {_by_flow('count(*) >= 1', hours)}"


def within(hours: Hours | None) -> list[str]:
    """Terms that hold while an alarm may fire. Unix days begin on a Thursday, and days count from Monday as 1."""
    if hours is None:
        return []
    sign = -1 if hours.zone[0] == "-" else 1
    offset_s = sign * (int(hours.zone[1:3]) * 3600 + int(hours.zone[3:5]) * 60)
    here = f"({NOW} + {offset_s})" if offset_s else NOW
    days = ", ".join(map(str, sorted(hours.days)))
    return [
        f"CAST(floor({here} / 86400.0) + 3 AS bigint) % 7 + 1 IN ({days})",
        f"{here} % 86400 BETWEEN {hours.start_minute * 60} AND {hours.end_minute * 60 - 1}",
    ]


def _by_flow(enough: str, hours: Hours | None) -> str:
    return f"GROUP BY {FLOW} HAVING {' AND '.join([enough, *within(hours)])}"
