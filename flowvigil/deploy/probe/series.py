"""How many custom series the account may have, as far as a few more show it."""

from __future__ import annotations

from collections.abc import Iterator

from .bench import Bench
from .cleaning import all_series
from .inquiry import Fact, inquiry

MORE, A_CALL = 30, 15
FULL = "reach max time series num"
"""The documented message of body code 206 when the account has no room for a series."""


@inquiry("series", "series_quota", asks=f"has the account room for {MORE} more custom series", calls=5, series=MORE)
def quota(bench: Bench) -> Iterator[Fact]:
    bench.group()
    messages = []
    for start in range(0, MORE, A_CALL):
        numbers = range(start, start + A_CALL)
        answer = bench.put([bench.entry("many", {"Average": 0}, Dimensions=f'{{"probe":"{one}"}}') for one in numbers])
        messages.append(answer.message)
    bench.clock.wait(bench.delay_s)
    count = len(all_series(bench.cloud))
    if any(FULL in message for message in messages):
        yield Fact("series_quota", str(count), f"with {count} series PutCustomMetric says: {FULL}")
    else:
        yield Fact("series_quota", "0", f"{MORE} more were taken; the account has {count} series now")
