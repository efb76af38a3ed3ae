"""One flow: its latency against its thresholds, the series that its rules judge, when each rule was in alarm."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.page.charts import Line, Shade, axis, chart
from flowvigil.emulator.page.history import Interval
from flowvigil.emulator.page.rendering import STATE_CLASSES, clock
from flowvigil.emulator.page.searching import narrowed
from flowvigil.emulator.page.watched import ORDER, Flow, Rule
from flowvigil.emulator.querying.answers import Span, ask
from flowvigil.emulator.tenant import Tenant
from flowvigil.emulator.world import World

POINTS = 180
"""At most so many places on an axis."""
_P95 = re.compile(r"\bp95\b")
_LATENCY = (
    "{search} | SELECT __time__ - __time__ % {width} AS t, approx_percentile(duration_ms, weight, 0.5) AS p50, "
    "approx_percentile(duration_ms, weight, 0.95) AS p95 GROUP BY t ORDER BY t LIMIT 10000"
)


@dataclass(frozen=True)
class Judged:
    """A series that rules judge, drawn with their limits."""

    metric: str
    statistic: str
    period: int
    figure: Markup


def latency(
    tenant: Tenant, places: Sequence[tuple[str, str]], flow: Flow, span: Span, shades: Sequence[Shade],
    word: Mapping[str, str], says: str,
) -> Markup | None:  # fmt: skip
    """P50 and P95 of the flow's runs over time, with the limits and alarms of its P95; None without runs."""
    width = max((span.end - span.start) // POINTS // 60 * 60, 60)
    search = narrowed("event: run and (status: succeeded or status: timed_out)", "flow", flow.name)
    query = _LATENCY.format(search=search, width=width)
    for project, store in places:
        try:
            found = {int(t): (p50, p95) for t, p50, p95 in ask(tenant, project, store, query, span).rows}
        except CloudError:
            continue
        if found:
            times = range(span.start - span.start % width, span.end, width)
            lines = [Line(name, [found.get(at, (None, None))[place] for at in times])
                     for place, name in ((1, "P95"), (0, "P50"))]  # fmt: skip
            labels = axis([clock(at * 1000) for at in times])
            return chart([*lines, *_limits(_p95(flow), len(times), word)], labels, "ms", says, shades=shades)
    return None


def _p95(flow: Flow) -> list[Rule]:
    return [rule for rule in flow.rules if _P95.search(rule.name)]


def shades(found: Iterable[Interval], span: Span, word: Mapping[str, str]) -> list[Shade]:
    """Intervals as parts of a span; those that touch and are of one level are one."""
    whole = (span.end - span.start) * 1000
    made: list[Shade] = []
    clipped = sorted(
        (one.level, max(one.begin - span.start * 1000, 0), min((one.end or span.end * 1000) - span.start * 1000, whole))
        for one in found
    )
    for level, begin, end in clipped:
        if end <= 0 or begin >= whole:
            continue
        last = made[-1] if made and made[-1].level == STATE_CLASSES[level] else None
        if last and begin / whole <= last.end:
            made[-1] = Shade(last.begin, max(last.end, end / whole), last.level, last.word)
        else:
            made.append(Shade(begin / whole, end / whole, STATE_CLASSES[level], word[level]))
    return made


def of_p95(flow: Flow, found: dict[str, list[Interval]]) -> list[Interval]:
    """The intervals of the rules on P95."""
    return [one for rule in _p95(flow) for one in found.get(rule.key, ())]


def judged(
    world: World, flow: Flow, found: dict[str, list[Interval]], span: Span, word: Mapping[str, str]
) -> list[Judged]:
    """One chart for each series that rules of the flow judge."""
    by_series: dict[tuple[str, str, int], list[Rule]] = defaultdict(list)
    for rule in flow.rules:
        for series in rule.series:
            by_series[series.metric, rule.statistic, series.period].append(rule)
    made = []
    for (metric, statistic, period), rules in sorted(by_series.items()):
        values, labels = _values(world, rules, statistic, period, metric, span)
        if any(value is not None for value in values):
            spans = [one for rule in {rule.key: rule for rule in rules}.values() for one in found.get(rule.key, ())]
            lines = [Line(statistic, values), *_limits(rules, len(values), word)]
            figure = chart(lines, axis(labels, 4), "", metric, shades=shades(spans, span, word))
            made.append(Judged(metric, statistic, period, figure))
    return made


def _values(
    world: World, rules: Sequence[Rule], statistic: str, period: int, metric: str, span: Span
) -> tuple[list[float | None], list[str]]:
    """The windows of the span, thinned to the highest of several when there are too many."""
    series = next(one for rule in rules for one in rule.series if (one.metric, one.period) == (metric, period))
    column = world.alarms.columns.column(series, statistic)
    windows = range(span.start // period, span.end // period)
    step = max(-(-len(windows) // POINTS), 1)
    values: list[float | None] = []
    labels: list[str] = []
    for first in windows[::step]:
        known = [column.get(window) for window in range(first, min(first + step, windows.stop))] if column else []
        values.append(max((value for value in known if value is not None), default=None))
        labels.append(clock(first * period * 1000))
    return values, labels


def _limits(rules: Iterable[Rule], count: int, word: Mapping[str, str]) -> list[Line]:
    """Each threshold once, the worst levels first."""
    levels = {(level.name, level.limit) for rule in rules for level in rule.levels if level.limit is not None}
    ranked = sorted(levels, key=lambda one: (ORDER.index(one[0]), one[1]))
    return [Line(word[name], [limit] * count, limit=True, level=STATE_CLASSES[name]) for name, limit in ranked]
