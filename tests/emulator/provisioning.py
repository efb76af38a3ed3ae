"""Puts what a plan holds for Log Service into a pretend cloud, as the provider's requests do, without the engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.plan import Plan
from flowvigil.provisioner.wire import KINDS

SECRET = "https://oapi.dingtalk.com/robot/send?access_token="


def resolved(value: Any) -> Any:
    """A secret is the webhook of a robot whose token is the secret's name."""
    if isinstance(value, o.Secret):
        return SECRET + value.name
    return "".join(resolved(part) for part in value.parts) if isinstance(value, o.Text) else value


def provision(cloud: Any, plan: Plan, resolve: Callable[[Any], Any] = resolved) -> None:
    """Projects, stores, indexes, records and alerts; an answer that is no success fails the test."""
    for kind in (o.LogProject, o.LogStore, o.LogIndex, o.LogRecord, o.LogAlert):
        for one in plan.objects:
            if type(one) is kind:
                props = KINDS[kind].props(one, resolve)
                answer = PUT[kind](cloud, props)
                assert answer.status == 200, (one.key, answer.body)


def _project(cloud: Any, props: Any) -> Any:
    return cloud.sls("POST", "", "/", {"projectName": props["projectName"], "description": props["description"]})


def _store(cloud: Any, props: Any) -> Any:
    return cloud.sls("POST", props["projectName"], "/logstores", {"logstoreName": props["logstoreName"]})


def _index(cloud: Any, props: Any) -> Any:
    keys = {
        one["name"]: {"type": one["type"], "doc_value": True, "token": list(one.get("token", ""))}
        for one in props["fieldSearches"]
    }
    body = {"keys": keys, "line": {"token": list(props["fullText"]["token"])}}
    return cloud.sls("POST", props["project"], f"/logstores/{props['logstore']}/index", body)


def _record(cloud: Any, props: Any) -> Any:
    body = {"id": props["recordId"], "tag": props["tag"], "value": props["value"]}
    return cloud.sls("POST", "", f"/resources/{props['resourceName']}/records", body)


def _alert(cloud: Any, props: Any) -> Any:
    severities = [
        {
            "severity": one["severity"],
            "evalCondition": {
                "condition": one["evalCondition"]["condition"],
                "countCondition": one["evalCondition"]["count_condition"],
            },
        }
        for one in props["severityConfigurations"]
    ]
    taken = ("version", "type", "threshold", "noDataFire", "sendResolved", "autoAnnotation", "labels", "annotations",
             "groupConfiguration", "policyConfiguration")  # fmt: skip
    configuration = {name: props[name] for name in taken}
    configuration |= {"queryList": props["queryLists"], "severityConfigurations": severities}
    body = {"type": "Alert", "name": props["alertName"], "displayName": props["alertDisplayname"],
            "schedule": props["schedule"], "configuration": json.loads(json.dumps(configuration))}  # fmt: skip
    return cloud.sls("POST", props["projectName"], "/jobs", body)


PUT = {o.LogProject: _project, o.LogStore: _store, o.LogIndex: _index, o.LogRecord: _record, o.LogAlert: _alert}
