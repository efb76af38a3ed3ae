"""Log Service queries over run events and reporter events, and links that open them.

A query is a search, `|`, and SQL of the Presto family. A run event may stand for several runs (sampling), so everything
is weighted: counts are sums of `weight`, percentiles are `approx_percentile(x, weight, p)`.
Failed means failed or timed out, in percent of all runs but cancelled ones.
Latency counts runs that succeeded or timed out.
Knows the contract's field names; knows nothing of charts or alerts.
"""

# ruff: noqa: S608 - the names in the queries are the contract's

from __future__ import annotations

import base64

from ..reporter.contract import (
    CANCELLED,
    DURATION_MS,
    ERROR_TYPE,
    EVENT,
    EVENT_REPORTER,
    EVENT_RUN,
    FAILED,
    FIRST_TOKEN_MS,
    FLOW,
    INPUT_TOKENS,
    MODEL_MS,
    OUTPUT_TOKENS,
    REPORTER,
    RETRIEVER_MS,
    RUN_ID,
    SERVICE,
    STATUS,
    SUCCEEDED,
    TIMED_OUT,
    TOOL_MS,
    TRACE_ID,
    VERSION,
    WEIGHT,
)
from .stack import CONSOLE

LAST_15_MINUTES, ABSOLUTE = 2, 99
"""Values of queryTimeType in links to the console (help page 103028)."""

MINUTE = "date_format(from_unixtime(__time__ - __time__ % 60), '%m-%d %H:%i')"
LATENCY_RUNS = f"({STATUS}: {SUCCEEDED} or {STATUS}: {TIMED_OUT})"
FAILURES = f"sum(CASE WHEN {STATUS} IN ('{FAILED}', '{TIMED_OUT}') THEN {WEIGHT} ELSE 0 END)"
JUDGED = f"sum(CASE WHEN {STATUS} <> '{CANCELLED}' THEN {WEIGHT} ELSE 0 END)"
TOKENS = f"(coalesce({INPUT_TOKENS}, 0) + coalesce({OUTPUT_TOKENS}, 0))"
TOLD_TOKENS = f"({INPUT_TOKENS} IS NOT NULL OR {OUTPUT_TOKENS} IS NOT NULL)"
"""Every run that told either, in a WHERE."""
INSIDE_COLUMNS = {"ttft": "streamed", "tokens_per_run": "told_tokens"}
"""For each signal on the inside of runs, the column of `inside_at_a_glance` that counts what it judges."""
FAILURE_RATE = f"{FAILURES} * 100.0 / nullif({JUDGED}, 0)"


def runs(service: str, *flows: str) -> str:
    """The search for run events: of these flows, or of all flows of the service."""
    return f'{EVENT}: {EVENT_RUN} and {SERVICE}: "{service}"' + _of(flows)


def reporters(service: str, *flows: str) -> str:
    """The search for the events by which reporters say that they live."""
    return f'{EVENT}: {EVENT_REPORTER} and {SERVICE}: "{service}"' + _of(flows)


def _of(flows: tuple[str, ...]) -> str:
    if not flows:
        return ""
    either = " or ".join(f'{FLOW}: "{flow}"' for flow in flows)
    return f" and {either}" if len(flows) == 1 else f" and ({either})"


def percentile(p: float) -> str:
    """An expression: the weighted percentile of durations in ms (help page on approximate functions)."""
    return f"approx_percentile({DURATION_MS}, {WEIGHT}, {p:g})"


def latency_over_time(search: str, lines: str = "") -> str:
    """P50 and P95 a minute in ms; `lines` are further columns, such as thresholds."""
    columns = f"{percentile(0.5)} AS p50, {percentile(0.95)} AS p95{lines}"
    return f"{search} and {LATENCY_RUNS} | SELECT {MINUTE} AS t, {columns} GROUP BY t ORDER BY t LIMIT 10000"


def components_over_time(search: str) -> str:
    """Where a run's time goes: ms per run a minute in models, retrievers and tools, and the rest of its duration."""
    parts = {"model": MODEL_MS, "retriever": RETRIEVER_MS, "tool": TOOL_MS}
    known = " + ".join(f"coalesce({field}, 0)" for field in parts.values())
    columns = "".join(f"{_mean(f'coalesce({field}, 0)')} AS {name}, " for name, field in parts.items())
    told = " OR ".join(f"{field} IS NOT NULL" for field in parts.values())
    return (
        f"{search} | SELECT {MINUTE} AS t, {columns}{_mean(f'greatest({DURATION_MS} - ({known}), 0)')} AS rest "
        f"FROM log WHERE {told} GROUP BY t ORDER BY t LIMIT 10000"
    )


def tokens_over_time(search: str) -> str:
    """Input and output tokens per run a minute, over runs that told them."""
    columns = f"{_mean(f'coalesce({INPUT_TOKENS}, 0)')} AS input, {_mean(f'coalesce({OUTPUT_TOKENS}, 0)')} AS output"
    where = f"FROM log WHERE {TOLD_TOKENS}"
    return f"{search} | SELECT {MINUTE} AS t, {columns} {where} GROUP BY t ORDER BY t LIMIT 10000"


def first_token_over_time(search: str) -> str:
    """P50 and P95 a minute of the time to the first token in ms, over runs that streamed."""
    columns = ", ".join(f"approx_percentile({FIRST_TOKEN_MS}, {WEIGHT}, {p:g}) AS p{p * 100:g}" for p in (0.5, 0.95))
    where = f"FROM log WHERE {FIRST_TOKEN_MS} IS NOT NULL"
    return f"{search} | SELECT {MINUTE} AS t, {columns} {where} GROUP BY t ORDER BY t LIMIT 10000"


def inside_at_a_glance(search: str) -> str:
    """One row for each flow: its run events, and how many of them told a first token and tokens."""
    tokens = f"sum(CASE WHEN {TOLD_TOKENS} THEN 1 ELSE 0 END) AS {INSIDE_COLUMNS['tokens_per_run']}"
    columns = f"count(*) AS runs, count({FIRST_TOKEN_MS}) AS {INSIDE_COLUMNS['ttft']}, {tokens}"
    return f"{search} | SELECT {FLOW}, {columns} GROUP BY {FLOW} LIMIT 1000"


def _mean(amount: str) -> str:
    return f"sum({amount} * {WEIGHT}) * 1.0 / sum({WEIGHT})"


def failure_rate_over_time(search: str) -> str:
    """Percent of runs that failed, a minute."""
    return f"{search} | SELECT {MINUTE} AS t, {FAILURE_RATE} AS failure_rate GROUP BY t ORDER BY t LIMIT 10000"


def runs_over_time(search: str, by: str = "") -> str:
    """Runs a minute, split by a field if one is given."""
    split = f", {by}" if by else ""
    return f"{search} | SELECT {MINUTE} AS t{split}, sum({WEIGHT}) AS runs GROUP BY t{split} ORDER BY t LIMIT 10000"


def p95_over_time(search: str, by: str) -> str:
    """P95 a minute in ms, split by a field."""
    return (
        f"{search} and {LATENCY_RUNS} | SELECT {MINUTE} AS t, {by}, {percentile(0.95)} AS p95 "
        f"GROUP BY t, {by} ORDER BY t LIMIT 10000"
    )


def status_split(search: str) -> str:
    """Runs by how they ended."""
    return f"{search} | SELECT {STATUS}, sum({WEIGHT}) AS runs GROUP BY {STATUS} ORDER BY runs DESC"


def slowest_runs(search: str) -> str:
    """The 20 slowest runs, with what is needed to find them elsewhere."""
    return (
        f"{search} | SELECT from_unixtime(__time__) AS ended, {DURATION_MS}, {STATUS}, {VERSION}, {RUN_ID}, {TRACE_ID} "
        f"ORDER BY {DURATION_MS} DESC LIMIT 20"
    )


def slowest_ids(search: str, most: int) -> str:
    """Ids and durations of the slowest runs, for places that need no more and must not depend on more."""
    return f"{search} | SELECT {RUN_ID}, {DURATION_MS} ORDER BY {DURATION_MS} DESC LIMIT {most}"


def errors_by_class(search: str) -> str:
    """Failed runs by the class of their error."""
    return (
        f"{search} and ({STATUS}: {FAILED} or {STATUS}: {TIMED_OUT}) | "
        f"SELECT {ERROR_TYPE}, sum({WEIGHT}) AS runs GROUP BY {ERROR_TYPE} ORDER BY runs DESC LIMIT 20"
    )


def flows_at_a_glance(search: str) -> str:
    """One row for each flow: runs, failure rate, P50 and P95 over all runs that ended."""
    return (
        f"{search} | SELECT {FLOW}, sum({WEIGHT}) AS runs, {FAILURE_RATE} AS failure_rate, "
        f"{percentile(0.5)} AS p50_ms, {percentile(0.95)} AS p95_ms GROUP BY {FLOW} ORDER BY runs DESC LIMIT 1000"
    )


def reporters_at_a_glance(search: str) -> str:
    """One row for each reporter of each flow, with the time of its last event."""
    return (
        f"{search} | SELECT {FLOW}, {REPORTER}, from_unixtime(max(__time__)) AS last_report "
        f"GROUP BY {FLOW}, {REPORTER} ORDER BY {FLOW} LIMIT 1000"
    )


def version_comparison(search: str, p: float = 0.95) -> str:
    """Runs, percentile and its 95 % confidence interval for each flow and version, side by side.

    The interval is distribution-free: the runs whose ranks are `n*p ± 1.96*sqrt(n*p*(1-p))`, the normal form of the
    binomial interval of an order statistic. Sampled runs carry weights, so ranks are sums of weights and
    n is Kish's effective number of runs, (Σw)²/Σw². `p95_high` is empty where too few runs are known for an upper end.
    """
    spread = f"1.96 * sqrt({p:g} * {1 - p:g} / n)"
    each = f"{FLOW}, {VERSION}"
    total = f"sum({WEIGHT}) OVER (PARTITION BY {each})"
    rising = f"ORDER BY {DURATION_MS} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return (
        f"{search} and {LATENCY_RUNS} | SELECT {each}, max(total) AS runs, "
        f"min(CASE WHEN upto >= total * {p:g} THEN {DURATION_MS} END) AS p95, "
        f"min(CASE WHEN upto >= total * ({p:g} - {spread}) THEN {DURATION_MS} END) AS p95_low, "
        f"min(CASE WHEN upto >= total * ({p:g} + {spread}) THEN {DURATION_MS} END) AS p95_high "
        f"FROM (SELECT {each}, {DURATION_MS}, sum({WEIGHT}) OVER (PARTITION BY {each} {rising}) AS upto, "
        f"{total} AS total, {total} * 1.0 * {total} / sum({WEIGHT} * {WEIGHT}) OVER (PARTITION BY {each}) AS n "
        "FROM log) "
        f"GROUP BY {each} ORDER BY {each} LIMIT 1000"
    )


def log_link(*, project: str, logstore: str, region: str, search: str, console: str = CONSOLE) -> str:
    """A link to the last 15 minutes of a search, for places that cannot know when an alarm fired."""
    return _link(project, logstore, region, search, console) + f"&queryTimeType={LAST_15_MINUTES}"


def log_link_between(
    *, project: str, logstore: str, region: str, search: str, start_s: int, end_s: int, console: str = CONSOLE
) -> str:
    """A link to a search between two times in unix seconds."""
    times = f"&queryTimeType={ABSOLUTE}&startTime={start_s}&endTime={end_s}"
    return _link(project, logstore, region, search, console) + times


def log_link_open(*, project: str, logstore: str, region: str, search: str, console: str = CONSOLE) -> str:
    """A link to a search that lacks its times: whoever knows them adds `&startTime=` and `&endTime=`."""
    return _link(project, logstore, region, search, console) + f"&queryTimeType={ABSOLUTE}"


def dashboard_link(*, project: str, name: str, region: str, console: str = CONSOLE) -> str:
    """A link to a dashboard."""
    return f"{console}/lognext/project/{project}/dashboard/{name}?slsRegion={region}"


def _link(project: str, logstore: str, region: str, search: str, console: str) -> str:
    encoded = base64.b64encode(search.encode()).decode().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    where = f"{console}/lognext/project/{project}/logsearch/{logstore}"
    return f"{where}?slsRegion={region}&encode=base64&queryString={encoded}"
