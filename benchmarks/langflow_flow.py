"""What measuring adds to one run of a LangFlow flow, beside two of the tracers that LangFlow itself brings.

Each round takes all cases in turn; the smallest of the rounds counts. `held` is how long the event loop stands still,
`worked` the processor time of its thread; three components a run, nobody listens at the other end.
Needs the LangFlow server's packages; run from the repository's folder:

    FLOWVIGIL_ENV=bench FLOWVIGIL_SINKS= PYTHONPATH=. ENVIRONMENT/bin/python benchmarks/langflow_flow.py
"""

import os
import time
import uuid
from importlib import import_module
from importlib.metadata import version

from langflow.services.tracing.langfuse import LangFuseTracer
from lfx.graph import Graph
from lfx.graph.graph import base
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

STARTED = time.perf_counter()
import_module("flowvigil.integrations.langflow.service")
LOADED_MS = (time.perf_counter() - STARTED) * 1e3
SPAN = import_module("flowvigil.integrations.langflow.span")
FLOWS = [
    import_module("flowvigil.reporter.contract").FlowSettings(f"flow-{n}", app="langflow", source={"name": f"name {n}"})
    for n in range(500)
]

NOWHERE = "http://127.0.0.1:9"
os.environ |= {"LANGFUSE_SECRET_KEY": "sk", "LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_HOST": NOWHERE}
ROUNDS, COMPONENTS = 9, 3
ORIGINAL = Graph.flow_execution_span.__wrapped__
PROVIDER = TracerProvider()
PROVIDER.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{NOWHERE}/v1/traces", timeout=1)))


def flow() -> Graph:
    graph = Graph()
    graph.flow_name, graph.flow_id, graph.session_id = "name 250", str(uuid.uuid4()), "s"
    graph.set_run_id(uuid.uuid4())
    return graph


GRAPH = flow()


def without(runs: int) -> None:
    for _ in range(runs):
        with ORIGINAL(GRAPH):
            pass


def with_ours(runs: int) -> None:
    span = SPAN.measured(ORIGINAL, import_module("flowvigil.integrations.sources").Sources(FLOWS))
    for _ in range(runs):
        with span(GRAPH):
            for _ in range(COMPONENTS):
                with SPAN.component():
                    pass


def with_opentelemetry(runs: int) -> None:
    default, base.otel_trace = base.otel_trace, _Provided()
    try:
        without(runs)
    finally:
        base.otel_trace = default


class _Provided:
    """OpenTelemetry's API with a provider of our own, since a process can have a global one only once."""

    def __getattr__(self, name: str):
        return PROVIDER.get_tracer if name == "get_tracer" else getattr(trace, name)


def with_langfuse(runs: int) -> None:
    for _ in range(runs):
        tracer = LangFuseTracer("name - id", "chain", "LangFlow", uuid.uuid4(), user_id="u", session_id="s")
        for number in range(COMPONENTS):
            tracer.add_trace(f"c{number}", f"c{number}", "chain", {"text": "x"}, {})
            tracer.end_trace(f"c{number}", f"c{number}", {"text": "y"})
        tracer.end({"text": "x"}, {"text": "y"})


CASES = {
    "without": (without, 2000),
    "flowvigil": (with_ours, 2000),
    "OpenTelemetry": (with_opentelemetry, 500),
    "Langfuse": (with_langfuse, 2),
}

best = dict.fromkeys(CASES, (float("inf"), float("inf")))
for _ in range(ROUNDS):
    for name, (case, runs) in CASES.items():
        held, worked = time.perf_counter(), time.thread_time()
        case(runs)
        spent = (time.perf_counter() - held) / runs * 1e6, (time.thread_time() - worked) / runs * 1e6
        best[name] = min(best[name][0], spent[0]), min(best[name][1], spent[1])

print(f"lfx {version('lfx')}, langfuse {version('langfuse')}; loading ours {LOADED_MS:.0f} ms")
for name, (held, worked) in best.items():
    more = [value - bare for value, bare in zip((held, worked), best["without"], strict=True)]
    print(f"{name:<16}{held:10.1f} us held {worked:10.1f} us worked   added {more[0]:10.1f} us {more[1]:10.1f} us")
