"""What inquiries work with: calls whose refusal is an answer, uniquely named objects, points, and a clock.

Knows the wire of CloudMonitor 2019-01-01; knows no question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flowvigil.reporter.contract import NAMESPACE_PREFIX

from ..cloud import Cloud, CloudError
from ..log_door import LogDoor
from .cleaning import Leftover, contact, contact_group, rule
from .listening import Listener
from .waiting import Clock

MINUTE_MS = 60_000
VISIBLE_S, SETTLED_S, STEP_S = 300, 30, 5
"""How long a point may take until a query sees it, an object until it is listed, and how often to look, in seconds."""

NO_ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=none"
T = TypeVar("T")

NO_VERDICT = ("NoPermission", "Forbidden", "Unauthorized", "InvalidAuthorization", "Throttling", "InvalidAccessKey",
              "Signature", "ServiceUnavailable", "InternalError", "SecurityToken")  # fmt: skip
"""Codes that say nothing about the question: who asks, or how often, or that the service is not well."""

LEVEL = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": "1", "Times": "1"}


class Failed(Exception):  # noqa: N818 - named for what happened
    """A question could not be asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `taken` says whether the service did what it was asked."""

    taken: bool
    status: int
    code: str
    message: str
    body: Mapping[str, Any]

    def __str__(self) -> str:
        return "taken" if self.taken else f"refused ({self.code}: {self.message})"


@dataclass(frozen=True, slots=True)
class Store:
    """A logstore of the stack's own that a rule's target may write to, and the door to read it."""

    door: LogDoor
    project: str
    logstore: str


@dataclass
class Bench:
    """One probe of one account. `prefix` is unique; `made` is what was asked for and is to be taken away again."""

    cloud: Cloud
    clock: Clock
    account: str
    region: str
    prefix: str
    listener: Listener | None = None
    store: Store | None = None
    made: list[Leftover] = field(default_factory=list)
    delay_s: int = 0
    _group: str = ""

    @property
    def namespace(self) -> str:
        """Where the account's custom metrics live."""
        return NAMESPACE_PREFIX + self.account

    def metric(self, name: str) -> str:
        """The name of one of the probe's metrics."""
        return f"{self.prefix}-{name}".replace("-", "_")

    def ask(self, action: str, **params: Any) -> Answer:
        """Call and tell what came back; a refusal is an answer. Raises Failed where it says nothing."""
        try:
            status, body = self.cloud.cms(action, params)
        except CloudError as error:
            if not error.code or error.status >= 500 or any(word in error.code for word in NO_VERDICT):
                raise Failed(str(error)) from error
            return Answer(taken=False, status=error.status, code=error.code, message=error.message, body={})
        code, message = str(body.get("Code", "200")), str(body.get("Message", ""))
        return Answer(code == "200", status, code, message, body)

    def must(self, action: str, **params: Any) -> Answer:
        """Call what everything else rests on. Raises Failed for a refusal."""
        answer = self.ask(action, **params)
        if not answer.taken:
            raise Failed(f"{action} was {answer}")
        return answer

    def contact_group(self) -> str:
        """The contact group that rules tell: one contact with the address of our listener, or of no robot."""
        name = self.prefix
        if name not in (one.name for one in self.made):
            self.made += [contact_group(name), contact(name)]
            ours = self.listener is not None and self._contact(name, self.listener.robot).taken
            if not ours and not (other := self._contact(name, NO_ROBOT)).taken:
                raise Failed(f"PutContact was {other}")
            self.must("PutContactGroup", ContactGroupName=name, Describe="probe", ContactNames=[name])
        return name

    def _contact(self, name: str, robot: str) -> Answer:
        return self.ask("PutContact", ContactName=name, Describe="probe", Channels={"DingWebHook": robot})

    def group(self) -> str:
        """The number of the probe's application group, with a series `base` in it that a query can see."""
        if not self._group:
            self._group = self.new_group("base")
            self.report("base", {"Average": 0, "Maximum": 0, "P95": 0, "Sum": 0, "SampleCount": 1})
            self.see("base", VISIBLE_S)
        return self._group

    def new_group(self, suffix: str) -> str:
        """Make another application group; its number."""
        name = f"{self.prefix}-{suffix}"
        answer = self.must("CreateMonitorGroup", GroupName=name, ContactGroups=self.contact_group())
        number = str(answer.body["GroupId"])
        self.made.append(Leftover("application group", name, "DeleteMonitorGroup", {"GroupId": number}))
        return number

    def put_rule(self, suffix: str, action: str = "PutResourceMetricRule", **change: Any) -> Answer:
        """Put a rule on the series `base` of the probe's group that would never fire, but for `change`."""
        name = f"{self.prefix}-{suffix}"
        fields = {
            "RuleId": name,
            "RuleName": name,
            "Namespace": self.namespace,
            "MetricName": self.metric("base"),
            "Resources": change.pop("Resources", None) or self.resources("base"),
            "ContactGroups": change.pop("ContactGroups", None) or self.contact_group(),
            "Period": "60",
            "Escalations": {"Critical": {**LEVEL, "Statistics": "Average", "Threshold": "1000000"}},
        }
        self.made.append(rule(name))
        return self.ask(action, **{name: one for name, one in {**fields, **change}.items() if one})

    def soon(self, find: Callable[[], T], wanted: Callable[[T], bool] = bool) -> T:
        """What `find` finds, asked again for a while until it is as wanted: a write may take time to be seen."""
        found = find()
        for _ in range(SETTLED_S // STEP_S):
            if wanted(found):
                break
            self.clock.wait(STEP_S)
            found = find()
        return found

    def rule(self, suffix: str) -> Mapping[str, Any] | None:
        """One of the probe's rules as the service gives it back now."""
        body = self.must("DescribeMetricRuleList", RuleIds=f"{self.prefix}-{suffix}").body
        return next((one for one in body["Alarms"]["Alarm"] if one["RuleId"] == f"{self.prefix}-{suffix}"), None)

    def resources(self, name: str, group: str = "") -> str:
        """The text that names one of the probe's series, keys in an order and with blanks that nobody would choose."""
        return json.dumps([{"groupId": group or self.group(), "dimension": f"probe={name}"}], separators=(", ", ": "))

    def entry(self, name: str, values: Mapping[str, float], time: int = 0, **change: Any) -> dict[str, Any]:
        """One point of PutCustomMetric, of the probe's group and of now unless told otherwise."""
        fields = {"GroupId": self._group or "0", "MetricName": self.metric(name), "Type": "1", "Period": "60"}
        fields |= {"Dimensions": json.dumps({"probe": name}), "Values": json.dumps(values)}
        return {**fields, "Time": str(time or self.clock.now()), **change}

    def report(self, name: str, values: Mapping[str, float], time: int = 0, **change: Any) -> Answer:
        """Report one point."""
        return self.put([self.entry(name, values, time, **change)])

    def put(self, entries: Sequence[Mapping[str, Any]]) -> Answer:
        """Report points in one call. Series are not noted as made: only a listing has the digest that removes one."""
        return self.ask("PutCustomMetric", MetricList=list(entries))

    def points(self, name: str, start: int, end: int) -> list[dict[str, Any]]:
        """What a query sees of a series of the probe, start < time ≤ end in ms."""
        window = {"StartTime": str(start), "EndTime": str(end), "Period": "60", "Length": "1000"}
        body = self.must("DescribeMetricList", Namespace=self.namespace, MetricName=self.metric(name), **window).body
        found: list[dict[str, Any]] = json.loads(body.get("Datapoints") or "[]")
        return found

    def see(self, name: str, longest: float) -> int | None:
        """Wait until a query sees the series; after how many seconds it did, None if it never did."""
        began = self.clock.now()
        while True:
            now = self.clock.now()
            if self.points(name, began - 10 * MINUTE_MS, now + 10 * MINUTE_MS):
                return round((now - began) / 1000 / STEP_S) * STEP_S
            if now - began > longest * 1000:
                return None
            self.clock.wait(STEP_S)
