"""A pretend cloud with something to look at: a slow flow in alarm, a quiet one, their runs, a dashboard, messages."""

from __future__ import annotations

import base64
import html.parser
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.alarming import Scene, scene
from tests.emulator.conftest import OPENER
from tests.emulator.lines import PROJECT, STORE, group, make_store, put, runs

BOARD = "board-of-a"
P95 = (
    "SELECT date_format(from_unixtime(__time__), '%H:%i') AS t, approx_percentile(duration_ms, 0.95) AS p95 GROUP BY t"
)
CHARTS = (
    ("Latency", "line", f'event: run and flow: "a" | {P95} ORDER BY t', ["t"], ["p95"]),
    ("Runs", "column", 'flow: "a" | SELECT version, count(*) AS n GROUP BY version', ["version"], ["n"]),
    ("Status", "pie", "* | SELECT status, count(*) AS n GROUP BY status ORDER BY n DESC", ["status"], ["n"]),
    ("Slowest", "table", "* | SELECT run_id, duration_ms ORDER BY duration_ms DESC LIMIT 3", [], []),
    ("Broken", "line", "* | SELECT nonsense_of(", ["t"], ["n"]),
)


def board(flow: str = "a", title: str = "Poems") -> dict[str, Any]:
    charts = [
        {"title": name, "type": kind,
         "display": {"xAxis": x, "yAxis": y, "xPos": 0, "yPos": place, "displayName": name},
         "search": {"logstore": STORE, "query": query.replace('"a"', f'"{flow}"'), "start": "-3600s", "end": "now"}}
        for place, (name, kind, query, x, y) in enumerate(CHARTS)
    ]  # fmt: skip
    return {"dashboardName": BOARD, "displayName": title, "charts": charts, "attribute": {"type": "grid"}}


def furnished(start_cloud: Any, **rule: Any) -> Scene:
    """Flow `a`: ten runs of 1 to 10 s, two of them failed, and a rule that fires on values of 3 and 6."""
    made = scene(start_cloud, SilenceTime="3600", **rule)
    cloud = made.cloud
    make_store(cloud)
    now = cloud.world.now() // 1000
    slow = [{"duration_ms": 1000 * n, "status": "failed" if n in (3, 7) else "succeeded"} for n in range(1, 11)]
    assert put(cloud, group(*runs(*slow, at=now, step=60))).status == 200
    assert cloud.sls("POST", PROJECT, "/dashboards", board()).status == 200
    return made


def log_address(text: str, start: int, end: int) -> str:
    """The console's path of a log search, as the vendor documents it."""
    query = urllib.parse.quote(base64.b64encode(text.encode()).decode(), safe="")
    return (f"/lognext/project/{PROJECT}/logsearch/{STORE}?slsRegion=cn-hangzhou&encode=base64&queryString={query}"
            f"&queryTimeType=99&startTime={start}&endTime={end}")  # fmt: skip


@dataclass
class Seen:
    """A page as a browser without a script gets it."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def words(self) -> str:
        reader = _Reader()
        reader.feed(self.text)
        return re.sub(r"\s+", " ", " ".join(reader.words))

    @property
    def elements(self) -> list[tuple[str, dict[str, str | None]]]:
        reader = _Reader()
        reader.feed(self.text)
        return reader.elements


@dataclass
class _Reader(html.parser.HTMLParser):
    words: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data.strip())


def see(cloud: Any, path: str, **headers: str) -> Seen:
    request = urllib.request.Request(f"http://{cloud.address}{path}", headers={"Accept-Language": "en", **headers})
    try:
        with OPENER.open(request, timeout=60) as answer:
            return Seen(answer.status, answer.read().decode(), dict(answer.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Seen(error.code, error.read().decode(), dict(error.headers))
