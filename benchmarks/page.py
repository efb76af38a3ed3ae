"""First paint of the page with 500 flows, in a real headless Chromium: `python benchmarks/page.py`.

Each flow has a rule, five judged windows and sixty runs within the hour; the pretend cloud is a process of its own.
Prints the time from the request to the first contentful paint, and what the server took of it, over several loads: the
first one at once after a start, the first one a second after it, and those that follow while nothing happens.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from flowvigil.emulator import start, stop
from flowvigil.emulator.accounts import Caller
from flowvigil.emulator.cms import rule_models
from flowvigil.emulator.sls import project_models, store_models
from flowvigil.emulator.world import world

FLOWS, RUNS, STARTS, LOADS, AFTER_S, BUDGET_MS = 500, 60, 5, 4, 1.0, 300
ACCOUNT = "1000000000000001"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
LEVEL = {"Statistics": "Maximum", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5000", "Times": "3"}
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SERVED = "performance.getEntriesByType('navigation')[0].responseEnd"


def furnish(folder: Path) -> None:
    """Write the state that the page is asked for."""
    cloud = world(folder)
    tenant = cloud.tenant(Caller(ACCOUNT))
    now = int(time.time())
    types = {"event": "text", "flow": "text", "status": "text", "duration_ms": "double", "weight": "long"}
    keys = {name: {"type": kind, "doc_value": True, "token": [" "]} for name, kind in types.items()}
    with cloud.state.transaction():
        cloud.state.put(project_models.KIND, ACCOUNT, "p", {"projectName": "p"})
        cloud.state.put(store_models.KIND, ACCOUNT, "p/runs", {"logstoreName": "runs", "ttl": 30})
        cloud.state.put(store_models.INDEX, ACCOUNT, "p/runs", {"keys": keys})
        cloud.state.put("contact_group", ACCOUNT, "g", {"Name": "g", "Contacts": []})
        for number in range(FLOWS):
            _flow(cloud, tenant, f"flow-{number:03}", number, now)
    cloud.close()


def _flow(cloud, tenant, name: str, number: int, now: int) -> None:
    dimension = f"flow={name}&service=s"
    resources = json.dumps([{"groupId": "0", "dimension": dimension}])
    fields = {"RuleName": f"{name} p95", "Namespace": f"acs_customMetric_{ACCOUNT}", "MetricName": "p95",
              "ContactGroups": "g", "Resources": resources, "Escalations": {"Critical": LEVEL}}  # fmt: skip
    rule_models.put(tenant, f"rule-{name}", fields, rule_models.DIRECT)
    value = 9000 if number % 50 == 0 else 1000
    points = [(ACCOUNT, "0", "p95", dimension, 60, (now // 60 - n) * 60_000, json.dumps({"Maximum": value}), now * 1000)
              for n in range(1, 6)]  # fmt: skip
    cloud.state.db.executemany("INSERT INTO points VALUES (?,?,?,?,?,?,?,?)", points)
    lines = [(ACCOUNT, "p", "runs", now - n * 55, json.dumps({"event": "run", "flow": name, "status": "succeeded",
              "duration_ms": str(value + n), "weight": "1"})) for n in range(RUNS)]  # fmt: skip
    cloud.state.db.executemany("INSERT INTO logs VALUES (?,?,?,?,?)", lines)


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="flowvigil-page-"))
    furnish(folder)
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            _load(browser, "about:blank", ready="true")
            starts, cold, warm = zip(*(_after_start(browser, folder) for _ in range(STARTS)), strict=True)
            at_once, later = [one[0] for one in cold], [one[1] for one in cold]
            browser.close()
    finally:
        stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
    again = [load for loads in warm for load in loads]
    print(f"{FLOWS} flows, {FLOWS * RUNS} runs in the last hour; start {statistics.median(starts):.2f} s")
    met = [_said(f"first load {AFTER_S:g} s after a start", later), _said("loads after it", again)]
    _said("first load at once after a start", at_once)
    return 0 if all(met) else 1


def _after_start(browser, folder: Path):
    """Seconds of a start; the first load at once after it, of another start a while after it, and those that follow."""
    begun = time.perf_counter()
    address = start(0, folder)
    took = time.perf_counter() - begun
    at_once = _load(browser, f"http://{address}/")
    stop(folder)
    address = start(0, folder)
    time.sleep(AFTER_S)
    later = _load(browser, f"http://{address}/")
    again = [_load(browser, f"http://{address}/") for _ in range(LOADS)]
    stop(folder)
    return took, (at_once, later), again


def _load(browser, address: str, ready: str = f"{PAINT} !== undefined"):
    """Milliseconds to the first paint, and of these until all has arrived."""
    page = browser.new_page()
    page.goto(address)
    page.wait_for_function(f"() => {ready}")
    found = page.evaluate(PAINT), page.evaluate(SERVED)
    page.close()
    return found


def _said(what: str, loads) -> bool:
    """Print a line; whether the budget was met."""
    painted, served = sorted(one[0] for one in loads), [one[1] for one in loads]
    middle = statistics.median(painted)
    print(f"{what}: first paint {middle:.0f} ms ({painted[0]:.0f} to {painted[-1]:.0f}), "
          f"of which server and transfer {statistics.median(served):.0f} ms; budget {BUDGET_MS} ms")  # fmt: skip
    return middle <= BUDGET_MS


if __name__ == "__main__":
    sys.exit(main())
