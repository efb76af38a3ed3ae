"""Traces without any code of ours, end to end: a service's exporter, `flowvigil run otlp`, an alarm of the cloud."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode

from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.reporter.contract import FlowSettings, Series, Settings, settings_to_json
from tests.emulator.alarming import scene

STREAK = Series("m", "failure_streak", "failure_streak")


@pytest.fixture
def cloud(start_cloud):
    """A rule that fires when three runs of `support-answer` have failed in a row; the present is the machine's."""
    now = int(time.time() * 1000)
    return scene(
        lambda **_: start_cloud(now=VirtualClock(now)),
        Resources='[{"groupId": "0", "dimension": "flow=support-answer&service=shop"}]',
        Escalations={"Critical": {"Statistics": "Maximum", "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                                  "Threshold": "3", "Times": "1"}},
    )  # fmt: skip


@pytest.fixture
def receiver(cloud, tmp_path):
    """`flowvigil run otlp` as a process; its address and what ends it."""
    address = f"http://{cloud.cloud.address}"
    flow = FlowSettings("support-answer", series=(STREAK,))
    settings = Settings("shop", "cn-hangzhou", endpoints={"cms": address, "log": address}, flows=(flow,))
    path = tmp_path / "reporter.json"
    path.write_text(json.dumps(settings_to_json(settings)))
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "any", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "any"}
    command = [sys.executable, "-m", "flowvigil", "run", "otlp", "--port", "0", "--settings", str(path)]
    with subprocess.Popen(command, env=os.environ | keys, stdout=subprocess.PIPE, text=True) as process:
        yield process, process.stdout.readline().removeprefix("otlp: ").strip()
        process.kill()


def exported(address, *failing):
    """Runs of the flow as an application with OpenTelemetry's SDK and exporter traces them."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{address}/v1/traces")))
    tracer = provider.get_tracer("application")
    said = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "support-answer"}
    for failed in failing:
        with tracer.start_as_current_span("invoke_workflow support-answer", attributes=said) as span:
            span.set_attribute("gen_ai.prompt", "canary prompt")
            if failed:
                span.set_attribute("error.type", "TimeoutError")
                span.set_status(StatusCode.ERROR, "canary text")
    provider.shutdown()


@pytest.mark.engine  # starts an interpreter
@pytest.mark.parametrize(("failing", "levels"), [((1, 1, 1), ["Critical"]), ((1, 1, 0, 1), [])])
def test_failed_spans_in_a_row_become_a_message(cloud, receiver, failing, levels):
    process, address = receiver
    exported(address, *failing)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    cloud.advance(300)
    assert cloud.levels() == levels
    journal = json.dumps(cloud.cloud.door("journal"))
    assert "PutCustomMetric" in journal
    assert "canary" not in journal
