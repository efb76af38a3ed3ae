"""One flow's merged keys as a Monitor. Knows nothing of files or layers; what is wrong is reported by path."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..monitor import Carrier, Condition, Dimension, LogStore, Monitor, Reporters, Severity, Source
from .alarms import Setting, conditions
from .contacts import Contacts, Routes, known_groups, relay_alone, route, routes
from .hooks import hooks
from .report import Report
from .schema import DEFINITIONS
from .values import milliseconds, per_minute

Tree = Mapping[str, Any]
_REPEAT: Mapping[str, str] = DEFINITIONS["repeat"]["default"]
_ANYWHERE = Source()


@dataclass(slots=True)
class Workshop:
    """What monitors are made with: the contacts, and the settings made so far, one for all flows that share it."""

    contacts: Contacts
    settings: dict[tuple[object, ...], Setting] = field(default_factory=dict)


def monitor(tree: Tree, file: str, workshop: Workshop, report: Report) -> Monitor:
    """The monitor that the merged keys describe. Anything reported means that it must not be used."""
    setting = _setting(tree, workshop, report)
    if setting.rules is Carrier.TEMPLATE and setting.reporters is Reporters.MANY:
        report(("rules",), "template-many")
    judged = conditions(tree.get("alarms", {}), setting, report)
    if setting.relay_alone:
        _relay(judged, tree, report)
    logs = tree.get("logs", {})
    return Monitor(
        flow=tree.get("flow", ""),
        file=file,
        conditions=judged,
        title=tree.get("title", ""),
        owner=tree.get("owner"),
        runbook=tree.get("runbook"),
        source=_source(tree.get("source", {}), report),
        reporters=setting.reporters,
        rules=setting.rules,
        sampling=tree["sampling"],
        dimensions=_dimensions(tree.get("dimensions", {}), report),
        logs=_log_store(logs, ("logs",), report),
        context=_log_store(logs.get("context", {}), ("logs", "context"), report),
        renamed_from=tree.get("renamed_from"),
        on_alarm=hooks(tree.get("on_alarm", {}), judged, report),
        traffic=per_minute(tree.get("traffic")),
        detect_within_s=_promise(tree, "detect_within", ("1m", "1d"), report),
        incident_target_s=_promise(tree, "incident_target", ("5m", "7d"), report),
    )


def _promise(tree: Tree, key: str, span: tuple[str, str], report: Report) -> float | None:
    """Seconds of a promised time."""
    ms = milliseconds(tree.get(key))
    if ms is None:
        return None
    low, high = (milliseconds(end) or 0 for end in span)
    if not low <= ms <= high or ms % 1e3:
        report((key,), "promise", value=tree[key], low=span[0], high=span[1])
    return ms / 1000


def _setting(tree: Tree, workshop: Workshop, report: Report) -> Setting:
    notify, repeat = tree.get("notify", {}), tree.get("repeat", {})
    key = (tree.get("owner"), tree["reporters"], tree["rules"], str(notify), *repeat.items())
    known = workshop.settings.get(key)
    if known is not None:
        return known
    before = report.count
    chosen = _routes(tree.get("owner"), notify, workshop.contacts, report)
    routed = {severity: route(severity, chosen) for severity in Severity}
    alone = relay_alone(routed[Severity.CRITICAL], workshop.contacts.groups)
    made = Setting(Reporters(tree["reporters"]), Carrier(tree["rules"]), routed, _repeats(repeat, report), alone)
    if report.count == before:
        workshop.settings[key] = made
    return made


def _routes(owner: str | None, notify: Tree, known: Contacts, report: Report) -> Routes:
    for severity, names in notify.items():
        known_groups(names, known.groups.keys(), ("notify", severity), report)
    if owner is not None and owner not in known.teams:
        report(("owner",), "unknown-team", value=owner, legal=sorted(known.teams))
        return {}
    chosen = {**known.teams.get(owner or "", {}), **routes(notify)}
    if chosen:
        return chosen
    if len(known.groups) == 1:
        return {Severity.CRITICAL: tuple(known.groups)}
    report(("flow",), "nobody", legal=sorted(known.teams))
    return {}


def _relay(judged: tuple[Condition, ...], tree: Tree, report: Report) -> None:
    groups = {level.groups for one in judged for level in one.levels if level.severity is Severity.CRITICAL}
    if groups:
        chosen = "critical" in tree.get("notify", {})
        path = ("notify", "critical") if chosen else ("owner",) if "owner" in tree else ("flow",)
        report(path, "relay-alone", legal=groups.pop())


def _repeats(given: Mapping[str, str], report: Report) -> Mapping[Severity, int]:
    found = {}
    for severity in Severity:
        text = given.get(severity.value, _REPEAT[severity.value])
        ms = milliseconds(text) or 0
        if not 300e3 <= ms <= 86400e3 or ms % 1e3:
            report(("repeat", severity.value), "repeat", value=text)
        found[severity] = int(ms / 1000)
    return found


def _source(given: Tree, report: Report) -> Source:
    if not given:
        return _ANYWHERE
    version = given.get("version", {})
    if "langflow" in given and "langchain" in given:
        report(("source", "langchain"), "two-sources", at="key")
    if "env" in version and "pattern" in version:
        report(("source", "version", "pattern"), "two-versions", at="key")
    _expression(version.get("pattern"), report)
    app = next((name for name in ("langflow", "langchain") if name in given), "flow")
    return Source(app=app, version_env=version.get("env"), version_pattern=version.get("pattern"), **given.get(app, {}))


def _expression(pattern: str | None, report: Report) -> None:
    if pattern is None:
        return
    try:
        # Python warns on standard error of what may mean something else one day, such as [[a]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            groups = re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError) as error:
        report(("source", "version", "pattern"), "pattern", value=pattern, reason=str(error))
        return
    if groups < 1:
        report(("source", "version", "pattern"), "pattern-group", value=pattern)


@lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    """The fields of run and reporter events; imported late, for few flows have dimensions and lint starts often."""
    from flowvigil.reporter import contract as c

    names = (c.EVENT, c.FLOW, c.SERVICE, c.METRIC, c.REPORTER, c.RUN_ID, c.TRACE_ID, c.STATUS, c.VERSION, *c.MEASURES)
    told = (c.SETTINGS_HASH, c.DROPPED, c.OPEN_RUNS, c.WAITING_RUNS, c.OPEN_AGE)
    return frozenset((*names, *told, c.ERROR_TYPE, c.DURATION_MS, c.WEIGHT, c.ENDED_US))


def _dimensions(given: Mapping[str, list[str]], report: Report) -> tuple[Dimension, ...]:
    for name in given:
        if name in _reserved():
            report(("dimensions", name), "reserved", at="key", value=name)
    return tuple(Dimension(name, tuple(given[name])) for name in sorted(given))


def _log_store(given: Tree, path: tuple[str, ...], report: Report) -> LogStore | None:
    pair = (given.get("project"), given.get("logstore"))
    if pair == (None, None):
        return None
    if None in pair:
        have, lack = ("project", "logstore") if pair[0] else ("logstore", "project")
        report((*path, have), "half-log-store", at="key", have=have, lack=lack)
        return None
    return LogStore(str(pair[0]), str(pair[1]))
