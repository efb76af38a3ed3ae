"""How fast the pretend cloud takes points: requests of 100 entries, from their bytes to the judge's columns, on disk.

Everything but the socket is measured: taking the request apart, the journal, the transaction, the columns.
Run: python benchmarks/emulator_ingest.py [calls]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.exchange import Exchange
from flowvigil.emulator.wire import incoming
from flowvigil.emulator.world import World, world

ENTRIES, NOW, FLOOR = 100, 1_800_000_000_000, 20_000
FIELDS = {"GroupId": "0", "MetricName": "response_time", "Type": "1", "Period": "60"}
VALUES = '{"Maximum": 4200, "P95": 4100, "SampleCount": 31}'


def query(call: int) -> str:
    flat = {"Action": "PutCustomMetric", "Version": "2019-01-01", "AccessKeyId": "bench"}
    for number in range(1, ENTRIES + 1):
        dimensions = json.dumps({"flow": f"f{call}-{number}"})
        entry = {**FIELDS, "Dimensions": dimensions, "Values": VALUES}
        flat.update({f"MetricList.{number}.{name}": value for name, value in entry.items()})
    return urlencode(flat)


def put(cloud: World, text: str) -> None:
    reply = Exchange(cloud, incoming("POST", "/", text, [(b"host", b"127.0.0.1")], b""), "request").act()
    assert reply.payload["Code"] == "200", reply.payload


def main(calls: int) -> int:
    queries = [query(call) for call in range(calls)]
    with tempfile.TemporaryDirectory() as folder:
        cloud = world(Path(folder), now=VirtualClock(NOW))
        began = time.process_time()
        for text in queries:
            put(cloud, text)
        cloud.advance(60)
        spent = time.process_time() - began
        cloud.close()
    rate = calls * ENTRIES / spent
    print(f"emulator ingest: {rate:,.0f} points a second of one core, {calls} calls of {ENTRIES} (floor {FLOOR:,})")
    return 0 if rate >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
