"""The settings file of a relay: robots, flows, conditions and rules, as `flowvigil export relay` writes it.

It names secrets and holds none. Units as in the specs: thresholds in ms, seconds, percent or runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

VERSION = 1
URGENCY = ("critical", "warning", "info")
"""Severities, most urgent first."""
EMPTY: tuple[Any, ...] = ("", (), {})


class SettingsError(ValueError):
    """The file cannot be used; the text says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Level:
    """One severity of a condition: its threshold, in words too, and the robots that are told."""

    severity: str
    threshold: float
    says: str
    repeat_s: int
    robots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """What the flow's alarm is judged on; levels are ordered most urgent first. `logs` says that Log Service judges."""

    alarm: str
    signal: str
    period_s: int
    for_s: int
    levels: tuple[Level, ...]
    over_ms: float | None = None
    logs: bool = False

    @property
    def unit(self) -> str:
        """The signal in whose unit values come: Log Service measures silence in seconds, CloudMonitor counts runs."""
        return "no_reports" if self.logs and self.signal == "no_runs" else self.signal

    def level(self, severity: str) -> Level | None:
        """The level of this severity."""
        return next((one for one in self.levels if one.severity == severity), None)


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook for alarms of at least `severity`; `webhook` and `sign` name secrets."""

    name: str
    webhook: str
    sign: str
    severity: str
    alarms: tuple[str, ...] = ()
    cool_down_s: int = 1800
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """A Log Service project and one of its stores."""

    project: str
    logstore: str


@dataclass(frozen=True, slots=True)
class Flow:
    """What a message says of a flow. `known_as` are all ids under which its runs are reported."""

    flow: str
    slice: str
    logs: Store
    conditions: tuple[Condition, ...]
    title: str = ""
    owner: str = ""
    runbook: str = ""
    dashboard: str = ""
    known_as: tuple[str, ...] = ()
    context: Store | None = None
    hooks: tuple[Hook, ...] = ()

    def condition(self, alarm: str) -> Condition | None:
        """The condition of this alarm."""
        return next((one for one in self.conditions if one.alarm == alarm), None)


@dataclass(frozen=True, slots=True)
class Rule:
    """A CloudMonitor rule or an alert of Log Service, and what it carries; `id` is empty where the service makes it.

    `series` is the id that the rule watches the flow under, where that is a former one. `many` says that other flows
    have rules of the same id.
    """

    name: str
    flow: str
    alarm: str
    id: str = ""
    series: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True)
class Robot:
    """A DingTalk robot by the name of the secret with its address; `sign` names the one with its key."""

    secret: str
    sign: str = ""
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a relay knows of its stack. `endpoints` maps cms, log, dingtalk to other than ordinary addresses.

    `url` names the secret with the relay's own address; `overview` links to all flows; `group` is the application group
    under which the relay reports that it lives, empty for none.
    """

    service: str
    region: str
    language: str
    console: str
    url: str
    flows: tuple[Flow, ...] = ()
    rules: tuple[Rule, ...] = ()
    robots: tuple[Robot, ...] = ()
    overview: str = ""
    group: str = ""
    endpoints: dict[str, str] = field(default_factory=dict)
    hash: str = ""

    def secrets(self) -> list[str]:
        """The names of all secrets that a relay with these settings needs."""
        hooks = [hook for flow in self.flows for hook in flow.hooks]
        found = [self.url, *(one.secret for one in self.robots), *(one.sign for one in self.robots)]
        found += [name for hook in hooks for name in (hook.webhook, hook.sign)]
        return sorted({name for name in found if name})


def hashed(settings: Settings) -> Settings:
    """The settings with the hash of all else."""
    text = json.dumps(to_json(replace(settings, hash="")), sort_keys=True)
    return replace(settings, hash=hashlib.sha256(text.encode()).hexdigest()[:16])


def to_json(settings: Settings) -> dict[str, Any]:
    """The file's JSON form, empty fields left out."""
    return {"relay": VERSION, **_compact(asdict(settings))}


def from_json(data: Any) -> Settings:
    """What `to_json` wrote. Raises SettingsError."""
    if not isinstance(data, dict) or data.get("relay") != VERSION:
        found = data.get("relay") if isinstance(data, dict) else None
        raise SettingsError(f"these are no relay settings of version {VERSION} (relay: {found}); export them again")
    try:
        flows = tuple([_flow(one) for one in data.get("flows", ())])
        rules = tuple([_made(Rule, one) for one in data.get("rules", ())])
        robots = tuple([_made(Robot, one) for one in data.get("robots", ())])
        return _made(Settings, {**data, "flows": flows, "rules": rules, "robots": robots}, drop="relay")
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise SettingsError(f"the relay settings are not whole: {error}; export them again") from error


def read(path: Path) -> Settings:
    """The settings in a file. Raises SettingsError."""
    try:
        return from_json(json.loads(path.read_bytes()))
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}; write it with: flowvigil export relay"
        ) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, SettingsError):
            raise SettingsError(f"{path}: {error}") from error
        raise SettingsError(f"{path} is no JSON: {error}") from error


def _flow(data: Mapping[str, Any]) -> Flow:
    conditions = tuple([_condition(one) for one in data.get("conditions", ())])
    hooks = tuple([_made(Hook, one) for one in data.get("hooks", ())])
    context = _made(Store, data["context"]) if "context" in data else None
    logs = _made(Store, data["logs"])
    return _made(Flow, {**data, "logs": logs, "context": context, "conditions": conditions, "hooks": hooks})


def _condition(data: Mapping[str, Any]) -> Condition:
    levels = tuple([_made(Level, one) for one in data["levels"]])
    unknown = [one.severity for one in levels if one.severity not in URGENCY]
    if unknown:
        raise SettingsError(f"severity {unknown[0]!r} is none of {', '.join(URGENCY)}")
    return _made(Condition, {**data, "levels": levels})


def _made(kind: type[T], data: Mapping[str, Any], drop: str = "") -> T:
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    extra = [name for name in data if name not in known and name != drop]
    if extra:
        raise SettingsError(f"{kind.__name__.lower()} has no {extra[0]}")
    return kind(**{name: tuple(one) if isinstance(one, list) else one for name, one in data.items() if name != drop})


def _empty(value: Any) -> bool:
    return value is None or value is False or value in EMPTY


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _compact(one) for name, one in value.items() if not _empty(one)}
    return [_compact(one) for one in value] if isinstance(value, (list, tuple)) else value
