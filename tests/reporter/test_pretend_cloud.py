"""Against the pretend cloud over a real socket, with the vendor's client as the reference for what is stored."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from flowvigil.reporter.channel import Kind
from flowvigil.reporter.events import as_log, reporter_parcel
from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.cms import CmsSink, fields
from flowvigil.reporter.sinks.log import LogSink
from flowvigil.reporter.window import Point
from flowvigil.reporter.wire.rpc import Keys
from tests.emulator.conftest import Cloud, running_cloud

from .builders import process, settings_for


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    cloud, end = running_cloud()
    cloud.sls("POST", "", "/", {"projectName": "proj", "description": "d"})
    cloud.sls("POST", "proj", "/logstores", {"logstoreName": "runs", "ttl": 7, "shardCount": 1})
    index = {"line": {"token": [",", " "]}, "keys": {"flow": {"type": "text", "doc_value": True, "token": [","]}}}
    cloud.sls("POST", "proj", "/logstores/runs/index", index)
    yield cloud
    end()


class Fixed:
    def keys(self, _now: float, _timeout_s: float) -> Keys:
        return Keys("id", "secret")

    def expired(self) -> None: ...


def points(metric: str, now: float) -> list[Point]:
    """Those of the last twelve minutes."""
    last = int(now // 60 * 60_000)
    return [
        Point(metric, "poem", "svc", "42", 60, last - 60_000 * minute, 812.25 + minute, 3.0) for minute in range(12)
    ]


def by_the_vendors_client(cloud: Cloud, points: list[Point]) -> None:
    query = {}
    for place, one in enumerate(points, 1):
        values = {"Average": one.highest, "LastValue": one.last, "Maximum": one.highest, "Minimum": one.last}
        values |= {"SampleCount": 1, "Sum": one.highest}
        entry = {**dict(fields(one)), "Time": str(one.time_ms), "Values": json.dumps(values)}
        query |= {f"MetricList.{place}.{name}": value for name, value in entry.items()}
    client = Client(Config(endpoint=cloud.address, protocol="HTTP", access_key_id="id", access_key_secret="secret"))
    form = {"protocol": "HTTP", "method": "POST", "auth_type": "AK", "style": "RPC", "pathname": "/"}
    asked = Params(action="PutCustomMetric", version="2019-01-01", req_body_type="formData", body_type="json", **form)
    client.call_api(asked, OpenApiRequest(query=query), RuntimeOptions())


def test_our_points_are_stored_as_those_of_the_vendors_client(cloud: Cloud) -> None:
    now, sink = time.time(), CmsSink(f"http://{cloud.address}", Caller(Fixed()))
    verdict = sink.deliver(points("ours", now), now, 60.0)
    by_the_vendors_client(cloud, points("theirs", now))
    sink.close()
    assert verdict.kind is Kind.DELIVERED
    stored = [one for one in cloud.door("datapoints") if one["metricName"] in ("ours", "theirs")]
    ours, theirs = (
        [{**one, "metricName": ""} for one in stored if one["metricName"] == name] for name in ("ours", "theirs")
    )
    assert len(ours) == 12
    assert ours == theirs


def test_a_log_is_stored_with_its_fields(cloud: Cloud) -> None:
    now, sink = int(time.time()), LogSink(f"http://{cloud.address}", "proj", "runs", "host", Caller(Fixed()))
    payload = reporter_parcel(now, {"event": "run", "flow": "诗"}, as_log).payload
    assert sink.deliver([payload], now, 60.0).kind is Kind.DELIVERED
    sink.close()
    path = f"/logstores/runs?type=log&from={now - 60}&to={now + 60}&query=*"
    stored = cloud.sls("GET", "proj", path).body
    assert ("诗", "flowvigil", "host") in {(one["flow"], one["__topic__"], one["__source__"]) for one in stored}


def test_a_whole_process_reports_to_it(cloud: Cloud, tmp_path: Path) -> None:
    code = "import flowvigil\nfor n in range(50): flowvigil.record('poem', n)\nassert flowvigil.flush(60)"
    done = process(code, settings_for(f"http://{cloud.address}", log=True), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    minutes = [one for one in cloud.door("datapoints") if one["metricName"] == "m_runs" and one["period"] == 60]
    assert sum(one["values"]["Maximum"] for one in minutes) == 50
