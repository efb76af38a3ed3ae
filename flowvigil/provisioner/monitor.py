"""What a team wants watched, after reading: frozen values whose existence proves that they are legal.

Knows nothing of YAML, of files other than their names, or of the cloud.
Units: `_ms` milliseconds, `_s` seconds, percent of runs for failure rates, runs for streaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How urgent, most urgent first; CloudMonitor's Critical, Warn and Info."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Signal(Enum):
    """What a condition is judged on."""

    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    FAILURE_RATE = "failure_rate"
    SLOW_STREAK = "slow_streak"
    FAILURE_STREAK = "failure_streak"
    NO_RUNS = "no_runs"
    NO_REPORTS = "no_reports"
    STUCK = "stuck"
    TTFT = "ttft"
    TOKENS_PER_RUN = "tokens_per_run"


PERCENTILES = frozenset({Signal.P50, Signal.P90, Signal.P95, Signal.P99})
STREAKS = frozenset({Signal.SLOW_STREAK, Signal.FAILURE_STREAK})
SILENCES = frozenset({Signal.NO_RUNS, Signal.NO_REPORTS})
INSIDE = frozenset({Signal.TTFT, Signal.TOKENS_PER_RUN})
"""Signals on what happens inside a run, which only run events tell: the P95 of the time to the first token, in ms, over
runs that streamed, and the mean of input and output tokens over runs that told them."""
BY_LOGS = INSIDE | {Signal.NO_REPORTS}
"""Signals that only Log Service can judge, however many reporters there are."""


class Carrier(Enum):
    """Which cloud object a condition asks for; AUTO lets the plan choose and say why."""

    AUTO = "auto"
    TEMPLATE = "template"
    DIRECT = "direct"


class Reporters(Enum):
    """Whether one process reports the flow, or several whose runs only Log Service can merge."""

    ONE = "one"
    MANY = "many"


class Via(Enum):
    """Who posts to a channel: the CloudMonitor contact group, or our relay."""

    CMS = "cms"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Hours:
    """When an alarm may fire. `days` are 1 (Monday) to 7; minutes count from midnight; `zone` is like `+0800`."""

    days: tuple[int, ...]
    start_minute: int
    end_minute: int
    zone: str = "+0800"


@dataclass(frozen=True, slots=True)
class Level:
    """One severity of a condition: its threshold, how often it repeats, and the contact groups it notifies.

    `threshold` is in ms (percentiles, ttft), s (no_runs, no_reports, stuck), percent (failure_rate), tokens
    (tokens_per_run) or runs (streaks).
    """

    severity: Severity
    threshold: float
    repeat_s: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for `for_s` seconds before an alarm fires. Levels are ordered most urgent first."""

    alarm: str
    signal: Signal
    levels: tuple[Level, ...]
    period_s: int
    for_s: int
    min_runs: int
    over_ms: float | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where runs of the flow come from: `app` is langflow, langchain or flow; the other fields match a run to it."""

    app: str = "flow"
    id: str | None = None
    endpoint: str | None = None
    name: str | None = None
    version_env: str | None = None
    version_pattern: str | None = None


@dataclass(frozen=True, slots=True)
class LogStore:
    """A Log Service project and one of its stores."""

    project: str
    logstore: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """A property of runs with a closed list of values; it splits charts, never alarm series."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that the relay calls when one of the flow's alarms reaches `severity` or a more urgent one.

    `webhook` and `sign` name secrets: the address, and the key that signs what is sent. No `alarms` means all.
    """

    name: str
    webhook: str
    sign: str
    severity: Severity = Severity.CRITICAL
    alarms: tuple[str, ...] = ()
    cool_down_s: int = 1800
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Monitor:
    """Everything that one flow's spec says, defaults and inheritance applied.

    `file` is the spec's path relative to the monitors folder, with `/`.
    `traffic` is the runs a minute to expect; the two promises are for lint alone and change nothing in the cloud.
    `logs` None means the stack's own project and store; `context` is where the application's own logs are.
    """

    flow: str
    file: str
    conditions: tuple[Condition, ...]
    title: str = ""
    owner: str | None = None
    runbook: str | None = None
    source: Source = Source()
    reporters: Reporters = Reporters.ONE
    rules: Carrier = Carrier.AUTO
    sampling: int = 1
    dimensions: tuple[Dimension, ...] = ()
    logs: LogStore | None = None
    context: LogStore | None = None
    renamed_from: str | None = None
    on_alarm: tuple[Hook, ...] = ()
    traffic: float | None = None
    detect_within_s: float | None = None
    incident_target_s: float | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """What runs of the flow may call it: its id and, while it is being renamed, the old one."""
        return (self.flow, self.renamed_from) if self.renamed_from else (self.flow,)


@dataclass(frozen=True, slots=True)
class Channel:
    """One target in a contact group. Exactly one of `dingtalk` (name of a secret), `mail`, `sms`, `contact` is set.

    `contact` names a CloudMonitor contact that somebody else owns. For the relay only: `at` are DingTalk users to
    mention, `sign` names the secret with a signed robot's key.
    `keywords` are the words of which the robot wants one in every message; empty means not known.
    """

    dingtalk: str | None = None
    mail: str | None = None
    sms: str | None = None
    contact: str | None = None
    via: Via = Via.CMS
    at: tuple[str, ...] = ()
    sign: str | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactGroup:
    """A named set of channels. An `existing` group belongs to somebody else: referred to, never written."""

    name: str
    channels: tuple[Channel, ...] = ()
    existing: bool = False


@dataclass(frozen=True, slots=True)
class Monitors:
    """All monitors of a folder, ordered by flow, and the contact groups they may notify, ordered by name."""

    monitors: tuple[Monitor, ...]
    groups: tuple[ContactGroup, ...]
