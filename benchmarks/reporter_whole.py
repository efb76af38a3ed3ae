"""What reporting costs beyond the call. A worker of reporter.py: one case a process, prints one JSON line."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("FLOWVIGIL_ENV", "bench")

import flowvigil
from flowvigil.reporter.channel import Channel
from flowvigil.reporter.contract import FlowSettings, Series, Settings, settings_to_json
from flowvigil.reporter.recording import Recorder
from flowvigil.reporter.reporter import Reporter, Route
from flowvigil.reporter.sample import EXACT, Sample
from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.cms import CmsSink, RawPoint
from flowvigil.reporter.window import Point
from flowvigil.reporter.wire.rpc import Keys

HERE = Path(__file__).parent
KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}


class Fixed:
    def keys(self, _now: float, _timeout_s: float) -> Keys:
        return Keys("id", "secret")

    def expired(self) -> None: ...


def cpu_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1e3


def settings(url: str, flows: int) -> Settings:
    series = (Series("p95", "p95", "p95", min_runs=20), Series("slow", "slow_streak", "slow", over_ms=5000.0))
    judged = tuple(FlowSettings(f"flow_{number}", series=series) for number in range(flows))
    return Settings("svc", "cn", endpoints={"cms": url}, flows=judged)


def minute(url: str) -> dict[str, float]:
    """60,000 runs of 100 series, from the call to the delivered aggregates; prometheus_client with four scrapes."""
    from prometheus_client import CollectorRegistry, Histogram, generate_latest

    rng = random.Random(1)  # noqa: S311 - the same runs each time
    data = [(f"flow_{rng.randrange(100)}", rng.random() >= 0.05, rng.lognormvariate(7.8, 0.6)) for _ in range(60_000)]
    recorder = Recorder()
    recorder.live = recorder.plain = True
    sink = CmsSink(url, Caller(Fixed()))
    channel = Channel(sink)
    reporter = Reporter(recorder, settings(url, 100), [Route(channel, points=True)], "bench", 60.0)
    begun, waited, clock = cpu_ms(), 0.0, time.thread_time
    for second in range(60):
        started = clock()
        for flow, success, value in data[second * 1000 : second * 1000 + 1000]:
            recorder.record(flow, value, success)
        waited += clock() - started
        reporter.tick(60.0 + second)
    reporter.tick(120.0)
    while channel.waiting:
        channel.step(120.0, 5.0)
    ours = cpu_ms() - begun
    registry = CollectorRegistry()
    labels = Histogram("flow", "d", ["service", "flow", "status"], registry=registry).labels
    begun = cpu_ms()
    for index, (flow, success, value) in enumerate(data):
        labels("svc", flow, "ok" if success else "error").observe(value)
        if index % 15_000 == 14_999:
            generate_latest(registry)
    theirs = cpu_ms() - begun
    return {"cpu_ms": ours, "callers_wait_ms": waited * 1e3, "reference_ms": theirs, "ratio": ours / theirs}


def tail(_url: str) -> dict[str, float]:
    """p99 and p99.9 of a call while 660 series are folded every 50 ms, ours and prometheus_client's."""
    from prometheus_client import CollectorRegistry, Histogram

    rng = random.Random(1)  # noqa: S311 - the same runs each time
    data = [(f"flow_{rng.randrange(660)}", rng.lognormvariate(7.8, 0.6)) for _ in range(4096)]
    recorder = Recorder()
    recorder.live = recorder.plain = True
    reporter = Reporter(recorder, settings("http://x", 0), [], "bench", 60.0)
    registry = CollectorRegistry()
    labels = Histogram("flow", "d", ["service", "flow", "status"], registry=registry).labels
    found = {}
    for name, call, collect in (
        ("reference_", lambda flow, value: labels("svc", flow, "ok").observe(value), lambda: list(registry.collect())),
        ("", recorder.record, lambda: reporter.tick(60.0)),
    ):
        p99, p999 = _live(call, collect, data)
        found |= {f"{name}p99_ns": p99, f"{name}p999_ns": p999}
    return {**found, "ratio": found["p99_ns"] / found["reference_p99_ns"]}


def _live(call: Callable[[str, float], object], collect: Callable[[], object], data: list) -> tuple[int, int]:
    stop, clock, spent = threading.Event(), time.perf_counter_ns, []

    def folding() -> None:
        while not stop.wait(0.05):
            collect()

    thread = threading.Thread(target=folding)
    thread.start()
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        for flow, value in data:
            begun = clock()
            call(flow, value)
            spent.append(clock() - begun)
        time.sleep(0.002)
    stop.set()
    thread.join()
    spent.sort()
    return spent[int(len(spent) * 0.99)], spent[int(len(spent) * 0.999)]


def loop(url: str) -> dict[str, float]:
    """Flows a second and loop lag of 50 concurrent flows of 200 ms; an empty address means no reporting."""

    async def flow() -> None:
        await asyncio.sleep(0.2)

    if url:
        path = HERE / f".settings-{os.getpid()}.json"
        both = settings(url, 1)._replace(endpoints={"cms": url, "log": url}, log_project="p", logstore="s")
        path.write_text(json.dumps(settings_to_json(both)))
        os.environ |= {**KEYS, "FLOWVIGIL_SETTINGS": str(path)}
        flow = flowvigil.observe(name="flow_0")(flow)
    lags, done = [], 0

    async def main() -> None:
        nonlocal done
        until = time.perf_counter() + 4

        async def serve() -> None:
            nonlocal done
            while time.perf_counter() < until:
                await flow()
                done += 1

        async def watch() -> None:
            while (begun := time.perf_counter()) < until:
                await asyncio.sleep(0.005)
                lags.append((time.perf_counter() - begun - 0.005) * 1e3)

        await asyncio.gather(watch(), *(serve() for _ in range(50)))

    asyncio.run(main())
    if url:
        path.unlink()
    lags.sort()
    return {"flows_s": done / 4, "lag_p99_ms": lags[int(len(lags) * 0.99)], "lag_max_ms": lags[-1]}


def wire(url: str) -> dict[str, float]:
    """Datapoints a second and core: aliyunsdkcore, 100 raw entries and one a call, beside ours."""
    from aliyunsdkcms.request.v20190101.PutCustomMetricRequest import PutCustomMetricRequest
    from aliyunsdkcore.client import AcsClient

    client = AcsClient("id", "secret", "cn-hangzhou", port=int(url.rsplit(":", 1)[1]), verify=False)
    entry = {"GroupId": "0", "MetricName": "m", "Dimensions": '{"flow":"f","service":"s"}', "Type": "0"}
    entry |= {"Time": "1764000000000", "Values": '{"value":2.513}'}

    def vendor(count: int) -> None:
        request = PutCustomMetricRequest()
        request.set_endpoint("127.0.0.1")
        request.set_protocol_type("http")
        request.set_accept_format("json")
        request.set_MetricLists([entry] * count)
        client.do_action_with_exception(request)

    raw = [RawPoint("m", f"flow_{n % 50}", "svc", "0", 1764000000000 + n, 2.513 + n / 1000) for n in range(100)]
    whole = [Point("m", f"flow_{n % 50}", "svc", "0", 60, 1764000000000, 812.25 + n, 3.0) for n in range(100)]
    sinks = {count: CmsSink(url, Caller(Fixed()), count) for count in (20, 100)}
    rate = {
        "vendor_100": _rate(lambda: vendor(100), 100),
        "vendor_1": _rate(lambda: vendor(1), 1),
        "raw_100": _rate(lambda: sinks[100].deliver(raw, 1e9, 5.0), 100),
        "aggregated_100": _rate(lambda: sinks[100].deliver(whole, 1e9, 5.0), 100),
        "aggregated_20": _rate(lambda: sinks[20].deliver(whole[:20], 1e9, 5.0), 20),
    }
    rate["raw_ratio"] = rate["raw_100"] / rate["vendor_100"]
    rate["aggregated_ratio"] = rate["aggregated_100"] / rate["vendor_100"]
    return {**rate, "aggregated_20_ratio": rate["aggregated_20"] / rate["vendor_1"]}


def _rate(call: Callable[[], object], points: int) -> float:
    """Datapoints a second of this process's CPU time."""
    call()
    best = 0.0
    for _ in range(5):
        begun, calls = time.process_time(), 0
        while time.process_time() - begun < 0.15:
            call()
            calls += 1
        best = max(best, calls * points / (time.process_time() - begun))
    return best


def memory(_url: str) -> dict[str, float]:
    """Bytes of a buffered run, of a series folded from 60 and 1,000 runs, and of an idle one."""
    import tracemalloc

    def grown(make: Callable[[], object], count: int) -> float:
        tracemalloc.start()
        kept = [make() for _ in range(count)]
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return size / len(kept)

    rng = random.Random(1)  # noqa: S311 - the same runs each time
    recorder = Recorder()
    recorder.live = recorder.plain = True
    fold = Reporter(recorder, settings("http://x", 0), [], "bench", 60.0)._begin  # noqa: SLF001

    def folded(runs: int) -> object:
        flow = fold(f"flow_{rng.random()}")
        flow.feed([rng.lognormvariate(7.8, 0.6) for _ in range(runs)], 60.0)
        return flow

    return {
        "buffered_run": grown(lambda: recorder.record("f", rng.random()), 4000),
        "idle_series": grown(lambda: folded(0), 500),
        "series_of_60": grown(lambda: folded(60), 500),
        "series_of_1000": grown(lambda: folded(1000), 200),
    }


def accuracy(_url: str) -> dict[str, float]:
    """The worst error in percent of P50, P95 and P99 on four shapes, below and above the limit of exactness."""
    shapes = {
        "lognormal": lambda rng: rng.lognormvariate(7.8, 0.6),
        "cache hits and calls": lambda rng: rng.uniform(1, 5) if rng.random() < 0.6 else rng.lognormvariate(8, 0.4),
        "Pareto": lambda rng: 100 * rng.paretovariate(1.3),
        "timeouts": lambda rng: 60_000.0 if rng.random() < 0.04 else rng.lognormvariate(7.8, 0.5),
    }
    worst = {"exact": 0.0, "beyond": 0.0}
    for count in (100, EXACT, 20_000, 60_000):
        for shape in shapes.values():
            rng, sample = random.Random(count), Sample()  # noqa: S311 - the same each time
            values = [shape(rng) for _ in range(count)]
            for start in range(0, count, 1000):
                sample.add(values[start : start + 1000])
            values.sort()
            for rank in (50, 95, 99):
                true = values[max(1, -(-count * rank // 100)) - 1]
                kind = "exact" if count <= EXACT else "beyond"
                worst[kind] = max(worst[kind], abs(sample.percentile(rank) / true - 1) * 100)
    return worst


def imports(_url: str) -> dict[str, float]:
    """Milliseconds of CPU and MB: the import alone, and a process that has reported once, beside a bare interpreter."""
    code = "import time;t=time.process_time();{};d=time.process_time()-t;"
    code += "print(d*1e3,int(open('/proc/self/statm').read().split()[1])*4096/2**20)"
    found = {}
    for name, statement in (
        ("bare", "pass"),
        ("import", "import flowvigil; flowvigil.observe; flowvigil.record; flowvigil.flow"),
        ("all", "import flowvigil.reporter.engine, flowvigil.reporter.lifecycle"),
        ("vendor", "import aliyunsdkcore.client, aliyunsdkcms.request.v20190101.PutCustomMetricRequest"),
    ):
        runs = []
        for _ in range(7):
            out = subprocess.run([sys.executable, "-c", code.format(statement)], capture_output=True, check=True)
            runs.append([float(word) for word in out.stdout.split()])
        found[f"{name}_ms"], found[f"{name}_mb"] = (min(column) for column in zip(*runs, strict=True))
    for name in ("import", "all", "vendor"):
        found[f"{name}_mb"] -= found["bare_mb"]
    return found


def end(url: str) -> dict[str, float]:
    """Seconds from the end of main to the end of the process; the deadline is 2 s."""
    path = HERE / f".settings-{os.getpid()}.json"
    path.write_text(json.dumps(settings_to_json(settings(url, 1))))
    code = "import flowvigil,time\nfor _ in range(1000): flowvigil.record('flow_0', 5.0)\nprint(time.time())"
    environment = {**os.environ, **KEYS, "FLOWVIGIL_SETTINGS": str(path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    path.unlink()
    return {"seconds": time.time() - float(done.stdout)}


CASES = {case.__name__: case for case in (minute, tail, loop, wire, memory, accuracy, imports, end)}

if __name__ == "__main__":
    result = CASES[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else "")
    print(json.dumps(result), flush=True)
    os._exit(0)
