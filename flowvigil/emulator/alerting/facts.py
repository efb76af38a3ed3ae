"""What a content template may say of an alert: its variables, by the names of the page on new alert templates."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flowvigil.emulator.alerting.rules import Alert
from flowvigil.emulator.alerting.states import OK, Change

CONSOLE = "https://sls.console.aliyun.com"
_HOLE = re.compile(r"\$\{([^}]*)\}")


def facts(change: Change) -> dict[str, Any]:
    """The variables of one message; its rows are those that made the alert fire, also when it is over."""
    alert, rows = change.alert, [_plain(row) for row in change.rows]
    labels = {**dict(alert.labels), **dict(change.labels)}
    row = {**labels, **(rows[0] if rows else {})}
    identity = f"{alert.key}{sorted(labels.items())}"
    fingerprint = hashlib.md5(identity.encode(), usedforsecurity=False).hexdigest()
    return {
        "aliuid": alert.account,
        "project": alert.project,
        "alert_id": alert.name,
        "alert_name": alert.title,
        "alert_type": "sls_alert",
        "alert_instance_id": f"{fingerprint[:16]}-{change.time // 1000:x}",
        "fingerprint": fingerprint,
        "region": alert.queries[0].region,
        "status": "resolved" if change.after == OK else "firing",
        "severity": change.severity,
        "alert_time": change.time // 1000,
        "fire_time": change.since // 1000,
        "resolve_time": change.time // 1000 if change.after == OK else 0,
        "next_eval_interval": alert.schedule.interval,
        "labels": labels,
        "annotations": {name: filled(text, row) for name, text in alert.annotations},
        "fire_results": rows,
        "fire_results_count": len(rows),
        "results": [_result(alert, place, change) for place in range(len(alert.queries))],
        "query_url": query_url(alert, change.scheduled // 1000),
        "alert_url": f"{CONSOLE}/lognext/project/{alert.project}/alert/{alert.name}",
        "dashboard_url": "",
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("$")}


def filled(text: str, row: Mapping[str, Any]) -> str:
    """A text whose `${field}` are the fields of a row; what the row lacks is left empty."""
    return _HOLE.sub(lambda hole: str(row.get(hole[1].strip(), "")), text)


def _result(alert: Alert, place: int, change: Change) -> dict[str, Any]:
    query = alert.queries[place]
    span = query.span(change.scheduled // 1000)
    return {"store_type": "log", "project": query.project, "store": query.store, "query": query.text,
            "start_time": span.start, "end_time": span.end, "region": query.region}  # fmt: skip


def query_url(alert: Alert, at_s: int) -> str:
    """A link to the first query over exactly the window that was judged (page on console links)."""
    query = alert.queries[0]
    span = query.span(at_s)
    text = quote(base64.b64encode(query.text.encode()).decode(), safe="")
    region = f"&slsRegion={query.region}" if query.region else ""
    return (
        f"{CONSOLE}/lognext/project/{query.project}/logsearch/{query.store}?encode=base64&queryString={text}"
        f"&queryTimeType=99&startTime={span.start}&endTime={span.end}{region}"
    )
