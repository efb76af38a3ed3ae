"""Takes away what probes made: everything in the account whose name begins with that of a probe.

Names alone tell, so leftovers of a probe that was killed are found from any machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..cloud import PAGE, Cloud, CloudError

PREFIX = "flowvigil-probe-"
"""What every name of a probe begins with; metric names hold underscores instead."""

GONE = ("NotExist", "NotFound", "404")


@dataclass(frozen=True, slots=True)
class Leftover:
    """An object and the call that removes it."""

    kind: str
    name: str
    action: str
    params: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def rule(rule_id: str) -> Leftover:
    """An alarm rule by its id."""
    return Leftover("alarm rule", rule_id, "DeleteMetricRules", {"Id": [rule_id]})


def contact_group(name: str) -> Leftover:
    """A contact group by its name."""
    return Leftover("contact group", name, "DeleteContactGroup", {"ContactGroupName": name})


def contact(name: str) -> Leftover:
    """A contact by its name."""
    return Leftover("contact", name, "DeleteContact", {"ContactName": name})


def leftovers(cloud: Cloud, namespace: str, prefix: str = PREFIX) -> list[Leftover]:
    """All objects of probes in the account, in the order in which they can be removed. Raises CloudError."""
    return [
        *(rule(one["RuleId"]) for one in _rules(cloud, namespace, prefix)),
        *_named(cloud.templates, "rule template", "Name", "DeleteMetricRuleTemplate", "TemplateId", prefix),
        *_named(cloud.monitor_groups, "application group", "GroupName", "DeleteMonitorGroup", "GroupId", prefix),
        *(contact_group(one["Name"]) for one in cloud.contact_groups() if one["Name"].startswith(prefix)),
        *(contact(one["Name"]) for one in cloud.contacts() if one["Name"].startswith(prefix)),
        *_series(cloud, prefix.replace("-", "_")),
    ]


def clean(cloud: Cloud, found: list[Leftover], note: Callable[[str], None]) -> list[Leftover]:
    """Remove these; returns what could not be removed. What is gone already counts as removed."""
    return [one for one in found if not _gone(cloud, one, note)]


def _gone(cloud: Cloud, one: Leftover, note: Callable[[str], None]) -> bool:
    try:
        cloud.cms(one.action, one.params)
    except CloudError as error:
        if not any(word in error.code for word in GONE):
            note(f"{one}: {error}")
            return False
    return True


def _rules(cloud: Cloud, namespace: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Rules that a template made have ids of the service's own, so names count too."""
    for one in cloud.rules(namespace):
        if one["RuleId"].startswith(prefix) or one["RuleName"].startswith(prefix):
            yield one


def _named(
    listed: Callable[[], Iterator[dict[str, Any]]], kind: str, name: str, action: str, key: str, prefix: str
) -> Iterator[Leftover]:
    for one in listed():
        if str(one[name]).startswith(prefix):
            yield Leftover(kind, one[name], action, {key: str(one[key])})


def _series(cloud: Cloud, prefix: str) -> Iterator[Leftover]:
    for one in all_series(cloud):
        if one["metricName"].startswith(prefix):
            params = {"GroupId": str(one["groupId"]), "MetricName": one["metricName"]}
            yield Leftover("series", f"{one['metricName']} {one.get('dimension', '')}", "DeleteCustomMetric",
                           {**params, **({"Md5": one["md5"]} if one.get("md5") else {})})  # fmt: skip


def all_series(cloud: Cloud) -> list[dict[str, Any]]:
    """Every custom metric series of the account (DescribeCustomMetricList, whose Result is JSON in a text)."""
    found: list[dict[str, Any]] = []
    while True:
        query = {"PageNumber": str(len(found) // PAGE + 1), "PageSize": str(PAGE)}
        page = json.loads(cloud.cms("DescribeCustomMetricList", query)[1].get("Result") or "[]")
        found += page
        if len(page) < PAGE:
            return found
