"""The reporter's books: what came in, what was folded, delivered and dropped, how old the queues are, what it cost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from . import contract, events

if TYPE_CHECKING:
    from .reporter import Reporter


def stats(reporter: Reporter, now: float) -> dict[str, Any]:
    """`runs_in = runs_folded + runs_dropped + runs_buffered`; per sink `taken = delivered + dropped + pending`.

    Runs that a sink's windows or samples still hold count as its pending ones.
    """
    recorder = reporter.recorder
    buffered = sum(map(len, list(recorder.buffers.values())))
    waiting = {reason: len(counted) for reason, counted in recorder.drops.items()}
    dropped = {**reporter.dropped}
    for reason, count in waiting.items():
        dropped[reason] = dropped.get(reason, 0) + count
    lost = sum(count for reason, count in dropped.items() if reason not in events.ODDITIES)
    return {
        "reporter": reporter.identity,
        "settings_hash": reporter.settings.hash,
        "runs_in": reporter.folded + lost + buffered,
        "runs_folded": reporter.folded,
        "runs_buffered": buffered,
        "runs_dropped": {reason: count for reason, count in dropped.items() if count},
        "runs_open": len(recorder.opened),
        "runs_waiting": len(recorder.waiting),
        "runs_unreported": reporter.unreported,
        "flows_unwatched": reporter.unwatched,
        "fold_cpu_s": round(reporter.fold_s, 6),
        "sinks": {route.channel.sink.name: sink_stats(route.channel, now) for route in reporter.routes},
    }


def sink_stats(channel: Any, now: float) -> dict[str, Any]:
    """One channel's books."""
    ledger = channel.ledger
    return {
        "taken": ledger.taken,
        "delivered": ledger.delivered,
        "dropped": {reason: count for reason, count in ledger.dropped.items() if count},
        "pending": channel.pending,
        "entries_delivered": ledger.entries_delivered,
        "entries_dropped": dict(ledger.entries_dropped),
        "attempts": ledger.attempts,
        "failures": dict(ledger.failures),
        "queue_age_s": round(channel.age_s(now), 3),
        "restarts": channel.restarts,
        "cpu_s": round(ledger.cpu_s, 6),
        "last_message": ledger.last_message,
    }


def reporter_events(reporter: Reporter, now: float, ages: dict[str, list[float]]) -> list[dict[str, str]]:
    """The fields of this minute's reporter events, one for each flow; `ages` are those of its open runs, in s."""
    numbers = stats(reporter, now)
    sinks = numbers["sinks"].values()
    dropped = sum(numbers["runs_dropped"].values()) + sum(sum(sink["dropped"].values()) for sink in sinks)
    constant = {
        contract.EVENT: contract.EVENT_REPORTER,
        contract.SERVICE: reporter.settings.service,
        contract.REPORTER: reporter.identity,
        contract.SETTINGS_HASH: reporter.settings.hash,
        contract.DROPPED: str(dropped),
        "runs_in": str(numbers["runs_in"]),
        "fold_cpu_s": str(numbers["fold_cpu_s"]),
        "queue_age_s": str(max((sink["queue_age_s"] for sink in sinks), default=0.0)),
    }
    waiting = Counter(id(items) for items, _ in list(reporter.recorder.waiting.values()))
    return [
        {**constant, **_of_flow(name, ages.get(name, []), waiting[id(items)])}
        for name, items in sorted(reporter.recorder.buffers.items())
    ]


def _of_flow(name: str, ages: list[float], waiting: int) -> dict[str, str]:
    """What is said of one flow; waiting runs only where there are any, for most flows never ask a human."""
    oldest = f"{max(ages, default=0.0):.1f}"
    told = {contract.FLOW: name, contract.OPEN_RUNS: str(len(ages)), contract.OPEN_AGE: oldest}
    return {**told, contract.WAITING_RUNS: str(waiting)} if waiting else told
