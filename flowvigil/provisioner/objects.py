"""What can exist in the cloud, as plain data in the cloud's own words.

A plan is made of these. They hold no secret (they name secrets) and nothing that is known only after creation
(they refer to it). Knows nothing of Pulumi; `resources` turns each class into one registration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Union

RELAY_SECRET = "relay-url"  # noqa: S105 - the name of a secret
"""The secret that holds the relay's address with its password."""

SECRETS = "webhook"
"""Configuration namespace of secrets: `pulumi config set --secret webhook:<name> <value>`."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute of another object of the plan that is known only once that object exists, such as its id."""

    object: str
    attribute: str = "id"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that only the provisioning step may see, by the name it has in the stack's configuration."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with holes: its parts are joined, references and secrets resolved."""

    parts: tuple[Union[str, Ref, Secret], ...]


Value = Union[str, Ref, Secret, Text]


@dataclass(frozen=True, slots=True)
class Object:
    """`key` is unique in the plan, stable over runs, and the Pulumi name; `flow` is None for shared objects."""

    key: str
    flow: str | None


@dataclass(frozen=True, slots=True)
class Contact(Object):
    name: str
    describe: str
    dingtalk: Secret | None = None
    mail: str | None = None
    sms: str | None = None
    lang: str = "zh-cn"


@dataclass(frozen=True, slots=True)
class ContactGroup(Object):
    name: str
    describe: str
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonitorGroup(Object):
    name: str
    contact_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Escalation:
    """One level of a rule. `level` is critical, warn or info; `times` counts consecutive periods."""

    level: str
    statistics: str
    operator: str
    threshold: str
    times: int


@dataclass(frozen=True, slots=True)
class TemplateRule:
    name: str
    namespace: str
    metric: str
    escalations: tuple[Escalation, ...]
    category: str = "customMetric"


@dataclass(frozen=True, slots=True)
class Template(Object):
    """A rule template and its application to a monitor group; its name changes with everything that must re-apply."""

    name: str
    description: str
    group: Ref
    silence_s: int
    rules: tuple[TemplateRule, ...]
    webhook: Value | None = None


@dataclass(frozen=True, slots=True)
class Rule(Object):
    """A direct rule. `resources` is the JSON text that names the series; every optional field is always written."""

    rule_id: str
    name: str
    namespace: str
    metric: str
    resources: Value
    contact_groups: tuple[str, ...]
    escalations: tuple[Escalation, ...]
    period_s: int
    silence_s: int
    labels: tuple[tuple[str, str], ...]
    effective_interval: str = "00:00-23:59 +0800 dayofweek 1,2,3,4,5,6,7"
    no_data_policy: str = "KEEP_LAST_STATE"
    send_ok: bool = True
    email_subject: str = ""
    webhook: Value | None = None


@dataclass(frozen=True, slots=True)
class LogProject(Object):
    name: str
    description: str
    protect: bool


@dataclass(frozen=True, slots=True)
class LogStore(Object):
    project: str
    name: str
    retention_days: int
    protect: bool


@dataclass(frozen=True, slots=True)
class LogIndex(Object):
    """`fields` are (name, type) with type text, long, double; all with analytics on."""

    project: str
    logstore: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dashboard(Object):
    """`charts` is the JSON text of the chart list, `attribute` that of the grid."""

    project: str
    name: str
    title: str
    charts: str


@dataclass(frozen=True, slots=True)
class AlertQuery:
    logstore: str
    query: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class AlertSeverity:
    """`severity` is 2 (report) to 10 (critical); `condition` is evaluated on each group's row."""

    severity: int
    condition: str


@dataclass(frozen=True, slots=True)
class LogAlert(Object):
    """A Log Service alert of version 2.0 that runs every `interval_s` seconds."""

    project: str
    name: str
    title: str
    queries: tuple[AlertQuery, ...]
    severities: tuple[AlertSeverity, ...]
    group_by: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    alert_policy: str
    action_policy: str
    repeat_s: int
    interval_s: int = 60
    threshold: int = 1
    no_data: bool = False


@dataclass(frozen=True, slots=True)
class LogRecord(Object):
    """A record of an SLS resource table, such as a DingTalk webhook or an action policy; lives in cn-heyuan."""

    table: str
    record_id: str
    tag: str
    value: Value


@dataclass(frozen=True, slots=True)
class RamPolicy(Object):
    name: str
    description: str
    document: str


@dataclass(frozen=True, slots=True)
class RamRole(Object):
    name: str
    description: str
    trust: str


@dataclass(frozen=True, slots=True)
class RamAttachment(Object):
    policy: str
    role: str


def secret_names(objects: Iterable[Object]) -> list[str]:
    """The names of all secrets that the objects mention, sorted."""
    values = (getattr(one, name) for one in objects for name in one.__dataclass_fields__)
    return sorted({secret.name for value in values for secret in _secrets(value)})


def _secrets(value: Any) -> Iterable[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Text):
        yield from (part for part in value.parts if isinstance(part, Secret))
