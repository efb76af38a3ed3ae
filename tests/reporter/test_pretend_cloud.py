"""Against the pretend cloud over a real socket, with the vendor's client as the reference for what is stored."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from flowvigil.emulator.server import listen, server
from flowvigil.emulator.world import world
from flowvigil.reporter.channel import Kind
from flowvigil.reporter.events import as_log, reporter_parcel
from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.cms import CmsSink, fields
from flowvigil.reporter.sinks.log import LogSink
from flowvigil.reporter.window import Point
from flowvigil.reporter.wire.rpc import Keys

from .builders import process, settings_for

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Cloud:
    def __init__(self) -> None:
        self.world = world()
        sock = listen(0)
        self.app = server(self.world)
        self.thread = threading.Thread(target=self.app.run, kwargs={"sockets": [sock]}, daemon=True)
        self.thread.start()
        while not self.app.started:
            time.sleep(0.001)
        self.address = f"127.0.0.1:{sock.getsockname()[1]}"
        self.url = f"http://{self.address}"

    def ask(self, method: str, path: str, body: Any = None, host: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": "LOG id:x", "Content-Type": "application/json", **({"Host": host} if host else {})}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with OPENER.open(request, timeout=5) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def points(self) -> list[dict[str, Any]]:
        return self.ask("GET", "/-/datapoints")

    def close(self) -> None:
        self.app.should_exit = self.app.force_exit = True
        self.thread.join(5)
        self.world.close()


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    cloud = Cloud()
    cloud.ask("POST", "/", {"projectName": "proj", "description": "d"}, "httpsls.test")
    cloud.ask("POST", "/logstores", {"logstoreName": "runs", "ttl": 7, "shardCount": 1}, "proj.httpsls.test")
    index = {"line": {"token": [",", " "]}, "keys": {"flow": {"type": "text", "doc_value": True, "token": [","]}}}
    cloud.ask("POST", "/logstores/runs/index", index, "proj.httpsls.test")
    yield cloud
    cloud.close()


class Fixed:
    def keys(self, _now: float, _timeout_s: float) -> Keys:
        return Keys("id", "secret")

    def expired(self) -> None: ...


def point(metric: str, minute: int) -> Point:
    begun = int(time.time() // 60 * 60_000) - 60_000 * minute
    return Point(metric, "poem", "svc", "42", 60, begun, 812.25 + minute, 3.0)


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
    caller = Caller(Fixed())
    sink = CmsSink(cloud.url, caller)
    verdict = sink.deliver([point("ours", minute) for minute in range(12)], time.time(), 5.0)
    by_the_vendors_client(cloud, [point("theirs", minute) for minute in range(12)])
    sink.close()
    assert verdict.kind is Kind.DELIVERED
    stored = [one for one in cloud.points() if one["metricName"] in ("ours", "theirs")]
    ours, theirs = (
        [{**one, "metricName": ""} for one in stored if one["metricName"] == name] for name in ("ours", "theirs")
    )
    assert len(ours) == 12
    assert ours == theirs


def test_a_log_is_stored_with_its_fields(cloud: Cloud) -> None:
    caller = Caller(Fixed())
    sink = LogSink(cloud.url, "proj", "runs", "host", caller)
    payload = reporter_parcel(time.time(), {"event": "run", "flow": "诗"}, as_log).payload
    assert sink.deliver([payload], time.time(), 5.0).kind is Kind.DELIVERED
    sink.close()
    now = int(time.time())
    path = f"/logstores/runs?type=log&from={now - 60}&to={now + 60}&query=*"
    stored = cloud.ask("GET", path, host="proj.httpsls.test")
    assert ("诗", "flowvigil", "host") in {(one["flow"], one["__topic__"], one["__source__"]) for one in stored}


def test_a_whole_process_reports_to_it(cloud: Cloud, tmp_path: Path) -> None:
    code = "import flowvigil\nfor n in range(50): flowvigil.record('poem', n)\nassert flowvigil.flush(5)"
    done = process(code, settings_for(cloud.url, log=True), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (stored,) = [one for one in cloud.points() if one["metricName"] == "m_runs" and one["period"] == 60]
    assert stored["values"]["Maximum"] == 50
