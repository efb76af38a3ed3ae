"""What PutCustomMetric takes and a query gives back: delay, duplicates, raw values, many, old and early points."""

from __future__ import annotations

from collections.abc import Iterator

from .bench import MINUTE_MS, STEP_S, VISIBLE_S, Bench
from .inquiry import Fact, inquiry
from .searching import largest

GUIDE_ENTRIES = 100
"""Entries of one call by the user guide; the API page says 21."""

HOUR = 3600
AGES_S = (60, 300, 600, 900, 1800, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 72 * HOUR, 168 * HOUR)
AHEADS_S = (60, 120, 300, 600, 900, 1800, HOUR)
INSIDE_S = 15
"""How far inside of a limit a point of its age is: the call takes time too."""


@inquiry("points", "ingestion_delay_s", asks="after how many seconds does a query see a point", calls=65, minutes=5,
         series=1)  # fmt: skip
def delay(bench: Bench) -> Iterator[Fact]:
    bench.group()
    bench.must("PutCustomMetric", MetricList=[bench.entry("delay", {"Average": 1})])
    found = bench.see("delay", VISIBLE_S)
    bench.delay_s = VISIBLE_S if found is None else found + STEP_S
    seen = f"a query sees it after {found} s" if found is not None else f"not seen within {VISIBLE_S} s"
    yield Fact("ingestion_delay_s", None if found is None else str(found), f"a point of now: {seen}")


@inquiry(
    "points", "duplicates", asks="which of two aggregated points of one series and minute counts", calls=65,
    minutes=5,
)  # fmt: skip
def duplicates(bench: Bench) -> Iterator[Fact]:
    bench.group()
    time = bench.clock.now() // MINUTE_MS * MINUTE_MS
    for total, count in ((7, 2), (5, 1)):
        values = {"Sum": total, "SampleCount": count, "Maximum": total}
        bench.must("PutCustomMetric", MetricList=[bench.entry("twice", values, time)])
        bench.clock.wait(1)
    bench.see("twice", VISIBLE_S)
    bench.clock.wait(STEP_S)
    found = [one["Sum"] for one in bench.points("twice", time - 1, time + MINUTE_MS) if "Sum" in one]
    position = {(7,): "first", (5,): "last", (12,): "merge"}.get(tuple(found))
    yield Fact("duplicates", position, f"Sum 7, then Sum 5 of the same minute: a query sees {found or 'nothing'}")


@inquiry("points", "raw_points", asks="are raw values (Type 0), a paid feature, taken", calls=1, series=1)
def raw(bench: Bench) -> Iterator[Fact]:
    bench.group()
    answer = bench.report("raw", {"value": 1}, Type="0")
    yield Fact("raw_points", "accept" if answer.taken else "refuse", f"a raw value was {answer}")


@inquiry("points", "partial_http_status", asks="which HTTP status comes with body code 206", calls=1)
def partial(bench: Bench) -> Iterator[Fact]:
    answer = bench.report("base", {"Average": 1}, Type="7")
    seen = f"a point of Type 7: HTTP {answer.status}, body code {answer.code}"
    yield Fact("partial_http_status", str(answer.status) if answer.code == "206" else None, seen)


@inquiry("points", "entries_per_call", asks="how many points does one call take", calls=9)
def entries(bench: Bench) -> Iterator[Fact]:
    bench.group()
    one = bench.entry("base", {"Average": 0})
    most = largest(lambda number: bench.put([one] * number).taken, GUIDE_ENTRIES)
    more = " and the guide allows no more" if most == GUIDE_ENTRIES else f", one of {most + 1} was not"
    yield Fact("entries_per_call", str(most) if most else None, f"a call of {most} points was taken{more}")


@inquiry("points", "oldest_point_s", "newest_point_s", asks="how old and how early may a point be", calls=25,
         minutes=5, series=1)  # fmt: skip
def ages(bench: Bench) -> Iterator[Fact]:
    bench.group()
    now = bench.clock.now()
    back = {age: now - (age - INSIDE_S) * 1000 for age in AGES_S}
    early = {ahead: now + (ahead - INSIDE_S) * 1000 for ahead in AHEADS_S}
    for time in (*back.values(), *early.values()):
        bench.report("aged", {"Average": 1}, time)
    bench.clock.wait(bench.delay_s + STEP_S)
    found = bench.points("aged", min(back.values()) - MINUTE_MS, max(early.values()) + MINUTE_MS)
    windows = {one["timestamp"] // MINUTE_MS for one in found}
    yield _reach("oldest_point_s", "old", back, windows)
    yield _reach("newest_point_s", "early", early, windows)


def _reach(name: str, word: str, sent: dict[int, int], windows: set[int]) -> Fact:
    """The farthest point that a query sees; a limit between two is told by the nearer one."""
    taken = [seconds for seconds, time in sent.items() if time // MINUTE_MS in windows]
    lost = [seconds for seconds in sent if seconds > max(taken, default=0)]
    seen = f"points up to {max(taken, default=0)} s {word} are seen, those from {min(lost, default='…')} s are not"
    return Fact(name, str(max(taken)) if taken else None, seen)
