"""What the event loop feels while LangFlow's flows run: measured by us, by two of LangFlow's own tracers, by nobody.

50 flows of 200 ms at once, three components each, and a task that sleeps 5 ms again and again; its lateness is the lag.
All cases in turn, 2 s each; per case the medians over the rounds, and of the differences from `without` of the same
round the middle half. Everything is sent to where nobody listens.
Needs the LangFlow server's packages; from the repository's folder:

    PYTHONPATH=. ENVIRONMENT/bin/python benchmarks/langflow_lag.py
"""

import asyncio
import contextlib
import json
import logging
import os
import statistics
import tempfile
import time
import uuid
from pathlib import Path

from flowvigil.reporter.contract import FlowSettings, Series, Settings, settings_to_json

NOWHERE = "http://127.0.0.1:9"
SERIES = (Series("flow_latency", "p95", "p95"), Series("flow_failures", "failure_rate", "failure_rate"))
FLOW = FlowSettings("poem", app="langflow", source={"name": "poem"}, series=SERIES)
PLACE = Path(tempfile.mkdtemp()) / "settings.json"
SETTINGS = Settings("svc", "cn-hangzhou", endpoints={"cms": NOWHERE, "log": NOWHERE}, flows=(FLOW,))
PLACE.write_text(json.dumps(settings_to_json(SETTINGS._replace(log_project="p", logstore="s"))))
KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "any", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "any"}
THEIRS = {"LANGFUSE_SECRET_KEY": "sk", "LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_HOST": NOWHERE}
os.environ |= {"FLOWVIGIL_SETTINGS": str(PLACE), **KEYS, **THEIRS}

from langflow.services.tracing.langfuse import LangFuseTracer  # noqa: E402 - the environment comes first
from lfx.graph import Graph  # noqa: E402
from lfx.graph.graph import base  # noqa: E402
from opentelemetry import trace  # noqa: E402
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402

import flowvigil  # noqa: E402
from flowvigil.integrations.langflow import span  # noqa: E402
from flowvigil.integrations.sources import sources  # noqa: E402

AT_ONCE, LASTS_S, STRETCH_S, ROUNDS, COMPONENTS, TICK_S = 50, 0.2, 2.0, 9, 3, 0.005
ORIGINAL = Graph.flow_execution_span
OURS = span.measured(ORIGINAL, sources())
PROVIDER = TracerProvider()
PROVIDER.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{NOWHERE}/v1/traces", timeout=1)))


class Provided:
    """OpenTelemetry's API with a provider of our own, since a process can have a global one only once."""

    def __getattr__(self, name: str):
        return PROVIDER.get_tracer if name == "get_tracer" else getattr(trace, name)


def graph() -> Graph:
    made = Graph()
    made.flow_name, made.flow_id, made.session_id = "poem", str(uuid.uuid4()), "s"
    made.set_run_id(uuid.uuid4())
    return made


async def spanned(around, component) -> None:
    with around(graph()):
        for _ in range(COMPONENTS):
            with component():
                await asyncio.sleep(LASTS_S / COMPONENTS)


async def with_langfuse() -> None:
    tracer = LangFuseTracer("name - id", "chain", "LangFlow", uuid.uuid4(), user_id="u", session_id="s")
    with ORIGINAL(graph()):
        for number in range(COMPONENTS):
            tracer.add_trace(f"c{number}", f"c{number}", "chain", {"text": "x"}, {})
            await asyncio.sleep(LASTS_S / COMPONENTS)
            tracer.end_trace(f"c{number}", f"c{number}", {"text": "y"})
    tracer.end({"text": "x"}, {"text": "y"})


CASES = {
    "without": lambda: spanned(ORIGINAL, contextlib.nullcontext),
    "flowvigil": lambda: spanned(OURS, span.component),
    "OpenTelemetry": lambda: spanned(ORIGINAL, contextlib.nullcontext),
    "Langfuse": with_langfuse,
}


async def stretch(flow) -> tuple[float, float, float]:
    """Flows a second, and the mean and the 99th percentile of the lag in ms."""
    until, lags, done = time.perf_counter() + STRETCH_S, [], 0

    async def serve(first_s: float) -> None:
        nonlocal done
        await asyncio.sleep(first_s)
        while time.perf_counter() < until:
            await flow()
            done += 1

    async def watch() -> None:
        while (begun := time.perf_counter()) < until:
            await asyncio.sleep(TICK_S)
            lags.append((time.perf_counter() - begun - TICK_S) * 1e3)

    await asyncio.gather(watch(), *(serve(LASTS_S * number / AT_ONCE) for number in range(AT_ONCE)))
    return done / STRETCH_S, statistics.mean(lags), statistics.quantiles(lags, n=100)[98]


logging.disable(logging.CRITICAL)  # each of the others tells that nobody answers
found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in CASES}
for case in CASES.values():
    asyncio.run(case())  # what the first run loads takes seconds
for _ in range(ROUNDS):
    for name, case in CASES.items():
        default, base.otel_trace = base.otel_trace, Provided() if name == "OpenTelemetry" else base.otel_trace
        try:
            found[name].append(asyncio.run(stretch(case)))
        finally:
            base.otel_trace = default

sinks = flowvigil.stats()["sinks"]
print(
    f"runs of ours {flowvigil.stats()['runs_in']}, attempts to deliver {sum(one['attempts'] for one in sinks.values())}"
)
for name, rounds in found.items():
    flows, mean, late = (statistics.median(one) for one in zip(*rounds, strict=True))
    print(f"{name:<16}{flows:7.1f} flows/s, lag {mean:6.3f} ms, p99 {late:6.2f} ms", end="")
    for place, what in ((1, "mean"), (2, "p99")):
        more = [one[place] - bare[place] for one, bare in zip(rounds, found["without"], strict=True)]
        low, middle, high = statistics.quantiles(more, n=4)
        print(f"; {what} added {middle:.3f} ({low:.3f} to {high:.3f})", end="")
    print()
