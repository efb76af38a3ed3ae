"""What a span costs the receiver of traces, beside what it costs the application to export it, in processor time.

A real `flowvigil run otlp` and OpenTelemetry's own exporter, batches of 512 spans, one in eight a flow of its own; the
others are spans inside it with a prompt of 2,000 characters, as LLM frameworks trace them.

Run: python benchmarks/otlp.py
"""

import os
import resource
import signal
import statistics
import subprocess
import sys
import time

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

SPANS, BATCHES, ROUNDS, INNER = 512, 40, 5, 7
FLOW = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "support-answer"}
MODEL = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 812, "gen_ai.prompt": "x" * 2000}


def batches():
    """Ended spans, each batch of other traces."""
    memory, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("benchmark")
    for _ in range(BATCHES * SPANS // (INNER + 1)):
        with tracer.start_as_current_span("invoke_workflow", attributes=FLOW):
            for _ in range(INNER):
                tracer.start_span("chat", attributes=MODEL).end()
    spans = memory.get_finished_spans()
    return [spans[start : start + SPANS] for start in range(0, len(spans), SPANS)]


def measured(made):
    """Microseconds of a span: the application's, the receiver's; and spans a second on the wall."""
    environment = os.environ | {"FLOWVIGIL_ENV": "bench", "FLOWVIGIL_SINKS": ""}
    command = [sys.executable, "-m", "flowvigil", "run", "otlp", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        address = process.stdout.readline().removeprefix("otlp: ").strip()
        exporter = OTLPSpanExporter(f"{address}/v1/traces")
        exporter.export(made[0][:1])
        idle, cpu, wall = spent(process.pid), time.process_time(), time.perf_counter()
        for batch in made:
            exporter.export(batch)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        ours = spent(process.pid) - idle
        exporter.shutdown()
        process.send_signal(signal.SIGTERM)
    count = len(made) * SPANS
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return cpu / count * 1e6, ours / count * 1e6, count / wall, peak


def spent(pid):
    """Seconds of processor time of a process so far (Linux)."""
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


made = batches()
rows = [measured(made) for _ in range(ROUNDS)]
for name, values in zip(
    ("exporter, us a span", "receiver, us a span", "spans a second", "receiver, MB at most"),
    zip(*rows, strict=True),
    strict=True,
):
    print(f"{name:<22}{statistics.median(values):10.1f} ({min(values):.1f} to {max(values):.1f})")
