"""What one recorded run costs the caller, beside the libraries that services already use for it.

Run as a worker by reporter.py, one case a process; prints one JSON line. Every case times the reference,
prometheus_client's `labels(...).observe(x)`, in the same process.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable

os.environ.setdefault("FLOWVIGIL_ENV", "bench")
os.environ["FLOWVIGIL_SINKS"] = ""

import flowvigil
from flowvigil.reporter.recording import RECORDER

ROUNDS = 300
Rows = list[tuple[str, bool, float]]
now = time.perf_counter_ns


def rows(flows: int = 8, count: int = 1024) -> Rows:
    """Runs shaped like LLM calls: median 2.5 s, 5 % failures."""
    rng = random.Random(7)  # noqa: S311 - the same runs each time
    return [(f"flow_{rng.randrange(flows)}", rng.random() >= 0.05, rng.lognormvariate(7.8, 0.6)) for _ in range(count)]


def ours_alone() -> None:
    """Live, but with nobody folding: what is measured is the caller's part."""
    RECORDER.live = RECORDER.plain = True
    RECORDER.hurry = int


def empty() -> None:
    for items in RECORDER.buffers.values():
        items.clear()
    for dropped in RECORDER.drops.values():
        dropped.clear()


def reference() -> Callable[[str, bool, float], object]:
    from prometheus_client import CollectorRegistry, Histogram

    labels = Histogram("flow", "d", ["service", "flow", "status"], registry=CollectorRegistry()).labels
    return lambda flow, success, value: labels("svc", flow, "ok" if success else "error").observe(value)


def prometheus_bound() -> Callable[[str, bool, float], object]:
    from prometheus_client import CollectorRegistry, Histogram

    histogram = Histogram("flow", "d", ["service", "flow", "status"], registry=CollectorRegistry())
    child = histogram.labels("svc", "flow_1", "ok").observe
    return lambda _flow, _success, value: child(value)


def opentelemetry() -> Callable[[str, bool, float], object]:
    from opentelemetry.sdk.metrics import MeterProvider

    record = MeterProvider().get_meter("bench").create_histogram("flow").record
    return lambda flow, success, value: record(value, {"flow": flow, "ok": success})


def statsd() -> Callable[[str, bool, float], object]:
    from statsd import StatsClient

    timing = StatsClient("127.0.0.1", 9).timing
    return lambda flow, _success, value: timing(flow, value)


def embedded_metrics() -> Callable[[str, bool, float], object]:
    from aws_embedded_metrics.logger.metrics_context import MetricsContext

    put = MetricsContext().put_metric
    return lambda _flow, _success, value: put("duration", value, "Milliseconds")


def langfuse() -> Callable[[str, bool, float], object]:
    from langfuse import Langfuse, observe

    Langfuse(public_key="pk-lf-x", secret_key="sk-lf-x", base_url="http://127.0.0.1:9")  # noqa: S106 - of nobody

    @observe()
    def flow() -> None: ...

    return lambda _flow, _success, _value: flow()


PEERS = {
    "prometheus_client, labels given": reference,
    "prometheus_client, pre-bound": prometheus_bound,
    "opentelemetry-sdk Histogram.record": opentelemetry,
    "statsd timing, UDP": statsd,
    "aws-embedded-metrics put_metric": embedded_metrics,
    "langfuse @observe on a no-op": langfuse,
}


def each(call: Callable[[str, bool, float], object], data: Rows) -> float:
    begun = now()
    for flow, success, value in data:
        call(flow, success, value)
    return (now() - begun) / len(data)


def record() -> float:
    put = flowvigil.record
    begun = now()
    for flow, success, value in DATA:
        put(flow, value, success)
    return (now() - begun) / len(DATA)


def handle() -> float:
    calls = [(HANDLES[flow], value) for flow, _success, value in DATA]
    begun = now()
    for done, value in calls:
        done(value)
    return (now() - begun) / len(calls)


def decorator() -> float:
    begun = now()
    for value in range(1024):
        OBSERVED(value)
    return (now() - begun) / 1024


def block() -> float:
    begun = now()
    for _ in range(1024):
        with flowvigil.flow("flow_1"):
            pass
    return (now() - begun) / 1024


def coroutine() -> float:
    async def main() -> float:
        begun = now()
        for value in range(1024):
            await AWAITED(value)
        return (now() - begun) / 1024

    return asyncio.run(main())


def threads(count: int, turn: Callable[[], float]) -> float:
    """Wall time over all operations, each thread busy over several switch intervals."""
    turns = 40
    gate = threading.Barrier(count + 1)

    def work() -> None:
        gate.wait()
        for _ in range(turns):
            turn()

    workers = [threading.Thread(target=work) for _ in range(count)]
    for worker in workers:
        worker.start()
    gate.wait()
    begun = now()
    for worker in workers:
        worker.join()
    return (now() - begun) / (turns * count * len(DATA))


def compare(mine: Callable[[], float], other: Callable[[], float], rounds: int = ROUNDS) -> dict[str, float]:
    """Interleaved rounds. The ratio is the median of those taken within one round of a few milliseconds, since a shared
    machine changes its speed from second to second; the nanoseconds are the fastest."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(other())
        ours.append(mine())
        empty()
    ratios = [one / reference for one, reference in zip(ours, theirs, strict=True)]
    return {"ns": min(ours), "reference_ns": min(theirs), "ratio": statistics.median(ratios)}


DATA = rows()
OWN = {"record": record, "handle": handle, "decorator": decorator, "block": block, "coroutine": coroutine}


def main(case: str) -> dict[str, float]:
    ours_alone()
    labels = reference()
    if case in OWN:
        return compare(OWN[case], lambda: each(labels, DATA))
    if case.startswith("threads "):
        count = int(case.split()[1])
        live()
        return compare(lambda: threads(count, record), lambda: threads(count, lambda: each(labels, DATA)), 5)
    peer = PEERS[case]()
    return compare(lambda: each(peer, DATA[:128]), lambda: each(labels, DATA))


def live() -> None:
    """A real reporter that folds all the time."""
    RECORDER.live = RECORDER.plain = False
    flowvigil.init()


HANDLES = {flow: RECORDER.reserve(flow).append for flow, _success, _value in DATA}


@flowvigil.observe
def OBSERVED(value: int) -> int:  # noqa: N802 - a constant of this module
    return value


@flowvigil.observe
async def AWAITED(value: int) -> int:  # noqa: N802 - the same
    return value


if __name__ == "__main__":
    result = main(sys.argv[1])
    print(json.dumps(result), flush=True)
    os._exit(0)
