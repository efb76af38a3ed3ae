"""Custom metrics on the wire: reporting, reading, listing, deleting."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from flowvigil.emulator.call import Call, Reply
from flowvigil.emulator.cms import series
from flowvigil.emulator.cms.contact_responses import paged
from flowvigil.emulator.cms.errors import invalid
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.registry import rpc

PAGE_ENTRIES = 21
BODY_BYTES = 256 * 1024
LONGEST_MS = 31 * 24 * 3600 * 1000
CHINA = timezone(timedelta(hours=8))


@rpc("cms", "PutCustomMetric", source="API PutCustomMetric (115004); user guide 63275", mutates=True)
def put(call: Call) -> dict[str, Any] | Reply:
    entries = call.items("MetricList")
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise invalid("MetricList.N.<field> is expected.")
    most = call.tenant.switches.number("entries_per_call")
    if len(entries) > most:
        raise CloudError(400, "400", f"too many entries in MetricList: {len(entries)}, at most {most}")
    if len(entries) > PAGE_ENTRIES:
        call.warnings.append(f"{len(entries)} entries: the API page allows {PAGE_ENTRIES}")
    if call.size > BODY_BYTES:
        raise CloudError(400, "400", f"the request is larger than {BODY_BYTES} bytes")
    refused = [why for why in (_take(call, entry) for entry in entries) if why]
    if refused:
        return Reply(
            {"Code": "206", "Message": refused[0], "Success": None}, call.tenant.switches.number("partial_http_status")
        )
    return {"Message": "success", "Success": None}


def _take(call: Call, entry: dict[str, Any]) -> str:
    """Keep one entry; why it was left out, empty when it was not. A malformed one refuses the whole call."""
    try:
        point = series.point(call.tenant, entry)
        if series.keep(call.tenant, point):
            call.warnings.append(f"a second aggregate of {point.metric} {point.dimension} for the same window")
    except series.RefusedEntry as error:
        if error.code == "400":
            raise CloudError(400, "400", str(error)) from None
        return str(error)
    return ""


@rpc("cms", "DescribeMetricList", source="API DescribeMetricList (51936)", ram="cms:QueryMetricList")
def listing(call: Call) -> dict[str, Any]:
    length = call.number("Length", 1000)
    if not 1 <= length <= 1440:
        raise invalid("Length is from 1 to 1440.")
    start = call.number("NextToken", 0)
    found = _points(call)
    page = found[start : start + length]
    more = {"NextToken": str(start + length)} if start + length < len(found) else {}
    return {"Datapoints": json.dumps(page), "Period": call.text("Period", "60"), **more}


@rpc("cms", "DescribeMetricData", source="API DescribeMetricData", ram="cms:QueryMetricData")
def data(call: Call) -> dict[str, Any]:
    return {"Datapoints": json.dumps(_points(call)), "Period": call.text("Period", "60")}


@rpc("cms", "DescribeMetricLast", source="API DescribeMetricLast", ram="cms:QueryMetricLast")
def last(call: Call) -> dict[str, Any]:
    newest = {(found["groupId"], found["dimension"]): found for found in _points(call)}
    return {"Datapoints": json.dumps(list(newest.values())), "Period": call.text("Period", "60")}


def _points(call: Call) -> list[dict[str, Any]]:
    """The points that a query asks for; a namespace that is not the account's own holds nothing here."""
    name, period = call.must("MetricName"), call.number("Period", 60)
    now = call.tenant.now()
    end = _moment(call.text("EndTime"), now)
    start = _moment(call.text("StartTime"), end - 3600 * 1000)
    if not 0 <= end - start <= LONGEST_MS:
        raise invalid("StartTime to EndTime must span 0 to 31 days.")
    if call.must("Namespace") != call.tenant.namespace:
        return []
    wanted = _wanted(call.text("Dimensions"))
    found = series.read(call.tenant, name, period, start, end)
    return [body for body in found if not wanted or any(_fits(body, one) for one in wanted)]


def _wanted(text: str) -> list[dict[str, Any]]:
    if not text:
        return []
    try:
        found = parsed(text)
    except ValueError:
        found = None
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found) or len(found) > 50:
        raise invalid("Dimensions must be a JSON array of at most 50 objects.")
    return found


def _fits(body: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(str(body.get(name)) == str(value) for name, value in wanted.items() if name in ("groupId", "dimension"))


def _moment(text: str, default: int) -> int:
    if not text:
        return default
    if text.isdecimal():
        return int(text)
    form, zone = ("%Y-%m-%dT%H:%M:%SZ", timezone.utc) if text.endswith("Z") else ("%Y-%m-%d %H:%M:%S", CHINA)
    try:
        return int(datetime.strptime(text, form).replace(tzinfo=zone).timestamp() * 1000)
    except ValueError:
        raise invalid(f"a time is milliseconds or YYYY-MM-DD hh:mm:ss, not {text!r}.") from None


@rpc("cms", "DescribeCustomMetricList", source="API DescribeCustomMetricList (115005)")
def custom(call: Call) -> dict[str, Any]:
    wanted = {name[0].lower() + name[1:]: call.text(name) for name in ("GroupId", "MetricName", "Dimension", "Md5")}
    found = [
        {**one, "project": call.tenant.namespace, "status": 1}
        for one in series.listed(call.tenant)
        if all(value in ("", one[name]) for name, value in wanted.items())
    ]
    page, _ = paged(call, found)
    return {"Result": json.dumps(page)}


@rpc("cms", "DeleteCustomMetric", source="API DeleteCustomMetric", mutates=True, resource=("MetricName",))
def delete(call: Call) -> dict[str, Any]:
    series.delete(call.tenant, call.must("GroupId"), call.must("MetricName"), call.text("Md5") or call.text("UUID"))
    return {}
