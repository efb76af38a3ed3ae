"""Composite expressions with brackets, arithmetic, texts and functions over metrics, as their page (470937) has them.

`@metric[60].$Average` is a statistic of the judged series, `.$flow` one of its dimensions, `$Average` that of the
rule's own metric. Past values come from `LastPeriod`, `LastHour`, `Yesterday`, `LastWeek`, `Past`; changes in percent,
by the page's formula of the newer value, from `Compare...` of the same names. `count(condition)` is how many of the
rule's series meet a condition; what it looks like in full is assumed. `rand()` and `$reportTime` are not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from flowvigil.emulator.cms.statistics import STATISTICS
from flowvigil.emulator.evaluation.columns import Columns, Series
from flowvigil.emulator.formulas import FormulaError, Node, Reader, number

HOUR, DAY = 3600, 86_400
PAST = {"LastPeriod": 0, "LastHour": HOUR, "Yesterday": DAY, "LastWeek": 7 * DAY, "Past": None}
COMPARE = {"CompareLastPeriod": 0, "CompareLastHour": HOUR, "CompareYesterday": DAY, "CompareLastWeek": 7 * DAY,
           "ComparePast": None}  # fmt: skip
PLAIN: dict[str, Callable[[Any], Any]] = {
    "abs": lambda value: None if number(value) is None else abs(float(value)),
    "len": lambda value: None if value is None else len(value if isinstance(value, list) else str(value)),
    "toLower": lambda value: None if value is None else str(value).lower(),
    "toUpper": lambda value: None if value is None else str(value).upper(),
}


class Moment(NamedTuple):
    """What a formula is judged on: the windows that end by `end_s` of one series, or of `among` where it counts."""

    columns: Columns
    series: Series
    end_s: int
    among: tuple[str | None, ...] = ()

    def counted(self, metric: str) -> Iterator[Moment]:
        """The same for each series that is counted; a dimension of None stands for every series of the group."""
        own = self.series._replace(metric=metric)
        for dimension in self.among:
            named = [dimension] if dimension is not None else self.columns.dimensions(own)
            yield from (self._replace(series=own._replace(dimension=one)) for one in named)


class Metric(NamedTuple):
    """A metric and its window in seconds."""

    name: str
    period: int

    def member(self, at: Moment, name: str, back_s: int = 0) -> Any:
        """A statistic of the window that ended `back_s` before, or a dimension."""
        if name not in STATISTICS:
            pairs = dict(part.partition("=")[::2] for part in at.series.dimension.split("&") if part)
            return {"userId": at.series.account, "groupId": at.series.group, **pairs}.get(name)
        column = at.columns.column(at.series._replace(metric=self.name, period=self.period), name)
        return column.get((at.end_s - back_s) // self.period - 1) if column else None


@dataclass(frozen=True)
class Formula:
    """A condition like those of `conditions`, made of a whole text; `metric` is the first one that it names."""

    text: str
    metric: str
    period: int
    statistic: str
    node: Node = field(compare=False)
    metrics: tuple[Metric, ...] = ()
    count: Node | None = field(default=None, compare=False)
    among: tuple[tuple[str, str | None], ...] = ()
    """The series that are counted, by group and dimension."""

    def value(self, columns: Columns, series: Series, end_s: int) -> float | None:
        """The first count or statistic that the text names, which is what notices show."""
        at = self._moment(columns, series, end_s)
        found: float | None = (
            self.count(at) if self.count else Metric(self.metric, self.period).member(at, self.statistic)
        )
        return found

    def holds(self, columns: Columns, series: Series, end_s: int) -> bool | None:
        """Whether the text is true of the windows that end by `end_s`; None when that cannot be told."""
        found = self.node(self._moment(columns, series, end_s))
        return None if found is None else found is True

    def uniform(self, _columns: Columns, _series: Series, _start_s: int, _end_s: int) -> bool | None:
        """Always takes a closer look."""
        return None

    def silent(self, columns: Columns, series: Series, start_s: int, end_s: int) -> bool:
        """Whether no window of a stretch has a value of any metric that it names."""
        at = self._moment(columns, series, end_s)
        judged = [one.series for one in at.counted(self.metric)] if self.count else [series]
        return all(_silent(columns, one, metric, start_s, end_s) for one in judged for metric in self.metrics)

    def _moment(self, columns: Columns, series: Series, end_s: int) -> Moment:
        among = tuple(dimension for group, dimension in self.among if group == series.group)
        return Moment(columns, series, end_s, among)


def _silent(columns: Columns, series: Series, metric: Metric, start_s: int, end_s: int) -> bool:
    one = series._replace(metric=metric.name, period=metric.period)
    found = (columns.column(one, name) for name in STATISTICS)
    return all(column is None or column.empty(start_s // metric.period, end_s // metric.period) for column in found)


@lru_cache(maxsize=1024)
def formula(text: str, metric: str, period: int) -> Formula | None:
    """The formula of a text; None when it is not understood or names no statistic."""
    words = _Words(metric, period)
    try:
        node = Reader(text, words.operand).whole()
    except FormulaError:
        return None
    if not words.named:
        return None
    first, statistic = words.named[0]
    metrics = tuple(dict.fromkeys(one for one, _ in words.named))
    return Formula(text, first.name, first.period, statistic, node, metrics, words.count)


class _Words:
    """Reads what is no constant or operator; `named` collects the statistics, `count` is the first count."""

    def __init__(self, metric: str, period: int) -> None:
        self.own = Metric(metric, period)
        self.named: list[tuple[Metric, str]] = []
        self.count: Node | None = None

    def operand(self, reader: Reader, sign: str) -> Node:
        if sign == "$":
            return self._member(self.own, self._name(reader), _now)
        if sign == "@":
            return self._dotted(reader, self._metric(reader), _now)
        if sign in ("[", "{"):
            return _list(self._keys(reader) if sign == "{" else reader.items("]"))
        if reader.next("("):
            return self._call(reader, sign)
        raise reader.wrong()

    def _call(self, reader: Reader, name: str) -> Node:
        if name in PAST:
            metric = self._argument(reader)
            back = self._back(reader, PAST[name], metric)
            return self._dotted(reader, metric, back)
        if name in COMPARE:
            return self._compare(reader, name)
        before = len(self.named)
        items = reader.items(")")
        if name == "now" and not items:
            return lambda at: float(at.end_s * 1000)
        if name == "count" and len(items) == 1 and len(self.named) > before:
            counting = _count(items[0], self.named[before][0])
            self.count = self.count or counting
            return counting
        if name not in PLAIN or len(items) != 1:
            raise FormulaError(f"the function {name} is not known")
        return lambda at: PLAIN[name](items[0](at))

    def _argument(self, reader: Reader) -> Metric:
        reader.must("@")
        return self._metric(reader)

    def _back(self, reader: Reader, seconds: int | None, metric: Metric) -> Node:
        """How far back to look, in seconds; the bracket is closed by it."""
        if seconds is None:
            reader.must(",")
            back = reader.choice()
        else:
            fixed = seconds or metric.period
            back = lambda _at: fixed  # noqa: E731 - the other branch is a node as well
        reader.must(")")
        return back

    def _compare(self, reader: Reader, name: str) -> Node:
        metric = self._argument(reader)
        reader.must(",")
        statistic = reader.take().strip("'\"").removeprefix("$")
        reader.must(",")
        rises = reader.choice()
        back = self._back(reader, COMPARE[name], metric)
        newer, older = self._member(metric, statistic, _now), self._member(metric, statistic, back)

        def change(at: Moment) -> float | None:
            new, old = newer(at), older(at)
            if new is None or old is None or not new:
                return None
            percent = float((new - old) * 100 / new)
            return percent if rises(at) is True else -percent

        return change

    def _metric(self, reader: Reader) -> Metric:
        name = reader.take()
        if name == "(":
            name = reader.take().strip("'\"")
            reader.must(")")
        period = self.own.period
        if reader.next("["):
            period = int(reader.take()) if reader.peek().isdecimal() else 0
            reader.must("]")
        if period <= 0:
            raise FormulaError(f"the period of {name} is no number of seconds")
        return Metric(name, period)

    def _dotted(self, reader: Reader, metric: Metric, back: Node) -> Node:
        if not reader.next("."):
            return self._member(metric, "Average", back)
        reader.must("$")
        return self._member(metric, self._name(reader), back)

    def _name(self, reader: Reader) -> str:
        name = reader.take()
        if not name.isidentifier() or name == "reportTime":
            raise FormulaError(f"{name!r} is no member of a metric that is known here")
        return name

    def _member(self, metric: Metric, name: str, back: Node) -> Node:
        if name in STATISTICS:
            self.named.append((metric, name))
        return lambda at: metric.member(at, name, int(number(back(at)) or 0))

    def _keys(self, reader: Reader) -> list[Node]:
        keys: list[Node] = []
        while not reader.next("}"):
            if keys:
                reader.must(",")
            keys.append(reader.choice())
            reader.must(":")
            reader.choice()
        return keys


def _count(condition: Node, metric: Metric) -> Node:
    """How many series meet the condition; None when of none of them it can be told."""

    def counted(at: Moment) -> float | None:
        found = [condition(one) for one in at.counted(metric.name)]
        known = [one for one in found if one is not None]
        return float(known.count(True)) if known else None

    return counted


def _now(_at: Moment) -> float:
    return 0.0


def _list(nodes: list[Node]) -> Node:
    return lambda at: [node(at) for node in nodes]
