"""A bounded queue in front of one sink: batches, retries, gives up by rule, and accounts for every run.

For each channel `taken = delivered + dropped (by reason) + pending` holds at every moment between two steps.
`step` does one attempt and says when to come again; it knows the clock only through its argument.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from enum import Enum
from threading import Lock
from time import thread_time
from typing import Any, NamedTuple, Protocol

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""After a failure the next attempt waits a random part of a pause that doubles up to this long."""
MOST_PAUSE_S = 60.0
"""The longest pause that a service may ask for; what is due later than that was set before the clock was put back."""
EXPIRY_S = 600.0
"""What could not be sent for this long is dropped: alarms have moved on."""
NEVER = float("inf")


class Kind(Enum):
    """What an attempt came to. SPLIT: the service refused the whole, so find out which part."""

    DELIVERED = "delivered"
    RETRY = "retry"
    AT_ONCE = "at_once"
    SPLIT = "split"
    DROP = "drop"


class Verdict(NamedTuple):
    """`reason` is a word for counters; `message` what the service said; `pause_s` how long it asked to wait."""

    kind: Kind
    reason: str = ""
    message: str = ""
    pause_s: float = 0.0


class Parcel(NamedTuple):
    """One thing to deliver and the number of runs that are accounted for with it."""

    payload: Any
    runs: int
    born: float
    size: int = 0


class Sink(Protocol):
    """Delivers a batch, within a time limit. `entries` and `batch_bytes` limit a batch, `queue` what may wait."""

    name: str
    entries: int
    batch_bytes: int
    queue: int

    def deliver(self, payloads: Sequence[Any], now: float, timeout_s: float) -> Verdict: ...

    def close(self) -> None: ...


class Ledger:
    """Counts of runs, and of the entries that carried them."""

    def __init__(self) -> None:
        self.taken = self.delivered = self.entries_taken = self.entries_delivered = self.attempts = 0
        self.dropped: Counter[str] = Counter()
        self.entries_dropped: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.last_message = ""
        self.cpu_s = 0.0


class Channel:
    """One sink with its queue. `put` may be called from the folding thread while another one steps."""

    def __init__(self, sink: Sink, *, seed: int | None = None) -> None:
        self.sink = sink
        self.ledger = Ledger()
        self.not_before = 0.0
        self.restarts = 0
        self._queue: deque[Parcel] = deque()
        self._flying: list[Parcel] = []
        self._parts: list[int] = []
        self._failed_in_a_row = 0
        self._random = random.Random(seed)  # noqa: S311 - jitter
        self._lock = Lock()

    @property
    def pending(self) -> int:
        """Runs that wait or are being sent."""
        return sum(parcel.runs for parcel in [*self._flying, *list(self._queue)])

    @property
    def waiting(self) -> int:
        """Entries that wait or are being sent."""
        return len(self._queue) + len(self._flying)

    def age_s(self, now: float) -> float:
        """How long the oldest entry has been waiting."""
        oldest = next(iter([*self._flying[:1], *list(self._queue)[:1]]), None)
        return max(0.0, now - oldest.born) if oldest else 0.0

    def put(self, parcels: Iterable[Parcel]) -> None:
        """Queue; beyond the sink's limit the oldest go."""
        with self._lock:
            for parcel in parcels:
                self.ledger.taken += parcel.runs
                self.ledger.entries_taken += 1
                self._queue.append(parcel)
            while len(self._queue) > self.sink.queue:
                self._drop([self._queue.popleft()], "queue_full")

    def nudge(self) -> None:
        """Somebody waits: forget the pause after failures."""
        self.not_before, self._failed_in_a_row = 0.0, 0

    def step(self, now: float, timeout_s: float) -> float:
        """Make one attempt if it is time. Returns when the next one is due, NEVER if nothing waits."""
        with self._lock:
            self._expire(now)
            if not self._queue:
                return NEVER
            if 0 < self.not_before - now <= MOST_PAUSE_S:
                return self.not_before
            self._flying = self._batch()
            self.ledger.attempts += 1
        begun = thread_time()
        try:
            verdict = self.sink.deliver([parcel.payload for parcel in self._flying], now, timeout_s)
        except Exception as error:
            verdict = Verdict(Kind.RETRY, "sink_error", f"{type(error).__name__}: {error}")
        except BaseException:
            with self._lock:
                self._back()
            raise
        with self._lock:
            self.ledger.cpu_s += thread_time() - begun
            return self._settle(verdict, now)

    def give_up(self, reason: str) -> None:
        """Drop everything that waits."""
        with self._lock:
            self._back()
            self._drop(list(self._queue), reason)
            self._queue.clear()

    def _expire(self, now: float) -> None:
        while self._queue and now - self._queue[0].born > EXPIRY_S:
            self._drop([self._queue.popleft()], "expired")

    def _batch(self) -> list[Parcel]:
        most = self._parts.pop() if self._parts else self.sink.entries
        batch: list[Parcel] = []
        size = 0
        while self._queue and len(batch) < most:
            size += self._queue[0].size
            if batch and size > self.sink.batch_bytes:
                break
            batch.append(self._queue.popleft())
        return batch

    def _settle(self, verdict: Verdict, now: float) -> float:
        batch, ledger = self._flying, self.ledger
        if verdict.kind is Kind.DELIVERED:
            ledger.delivered += sum(parcel.runs for parcel in batch)
            ledger.entries_delivered += len(batch)
            self._flying, self._failed_in_a_row, self.not_before = [], 0, now
            return now if self._queue else NEVER
        ledger.failures[verdict.reason] += 1
        ledger.last_message = verdict.message[:300]
        if verdict.kind is Kind.DROP or (verdict.kind is Kind.SPLIT and len(batch) == 1):
            self._drop(batch, verdict.reason)
            self._flying, self.not_before = [], now
            return now if self._queue else NEVER
        if verdict.kind is Kind.SPLIT:
            half = len(batch) // 2
            self._parts += [len(batch) - half, half]
            self.not_before = now
        else:
            self._parts.append(len(batch))
            self.not_before = now + self._pause(verdict)
        self._back()
        return self.not_before

    def _pause(self, verdict: Verdict) -> float:
        self._failed_in_a_row += 1
        if verdict.kind is Kind.AT_ONCE and self._failed_in_a_row == 1:
            return 0.0
        longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._failed_in_a_row, 10))
        return max(verdict.pause_s, self._random.uniform(longest / 2, longest))

    def _back(self) -> None:
        self._queue.extendleft(reversed(self._flying))
        self._flying = []

    def _drop(self, parcels: Sequence[Parcel], reason: str) -> None:
        self.ledger.dropped[reason] += sum(parcel.runs for parcel in parcels)
        self.ledger.entries_dropped[reason] += len(parcels)
