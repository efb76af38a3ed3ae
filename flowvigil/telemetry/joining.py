"""Holds the flows that LangFlow has and code reports against those that the specs watch. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flowvigil.integrations.sources import Sources
from flowvigil.provisioner.monitor import Monitor
from flowvigil.provisioner.names import survives
from flowvigil.reporter.contract import FlowSettings

from .code import Coded
from .langflow import Listed, recognised_by

LANGFLOW, OWN = "langflow", "flow"


@dataclass(frozen=True, slots=True)
class Gap:
    """`kind` is unreported, unwatched or rewritten; `message` says what is wrong and what would be right."""

    kind: str
    flow: str
    message: str


def gaps(
    monitors: Iterable[Monitor], langflow: Sequence[Listed] | None = None, code: Sequence[Coded] | None = None
) -> list[Gap]:
    """What does not meet, by flow. None means that this side was not looked at, so that nothing follows from it."""
    monitors = list(monitors)
    found: list[Gap] = []
    if langflow is not None:
        found += _of_langflow([one for one in monitors if one.source.app == LANGFLOW], langflow)
    if code is not None:
        found += _of_code(monitors, code)
    return sorted(found, key=lambda gap: (gap.flow, gap.kind, gap.message))


def _of_langflow(monitors: list[Monitor], flows: Sequence[Listed]) -> Iterator[Gap]:
    """Matched as the reporter matches runs."""
    known = Sources([_settings(one) for one in monitors])
    reported, count = set[str](), Counter(one.name for one in flows)
    for one in flows:
        met = known.find(LANGFLOW, name=one.name, identity=one.identity, endpoint=one.endpoint)
        if met is not None:
            reported.add(met.flow)
            continue
        line = f"source: {{langflow: {{{_shown(recognised_by(one, count))}}}}}"
        yield Gap(
            "unwatched", one.name, f"a flow of LangFlow without a spec, its runs are unmatched; add to one: {line}"
        )
    for monitor in monitors:
        if monitor.flow not in reported:
            yield Gap(
                "unreported", monitor.flow, f"no flow of LangFlow has {_wanted(monitor)}; nobody reports this one"
            )


def _settings(monitor: Monitor) -> FlowSettings:
    source = monitor.source
    given = {"id": source.id, "endpoint": source.endpoint, "name": source.name}
    version = {"pattern": source.version_pattern} if source.version_pattern else {}
    named = {key: value for key, value in given.items() if value}
    return FlowSettings(monitor.flow, app=source.app, source=named, version=version)


def _shown(source: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in source.items())


def _wanted(monitor: Monitor) -> str:
    source = monitor.source
    given = (("the id", source.id), ("the endpoint", source.endpoint), ("the name", source.name))
    return " or ".join(f"{what} {value}" for what, value in given if value) or "a source that could be met"


def _of_code(monitors: list[Monitor], code: Sequence[Coded]) -> Iterator[Gap]:
    watched, named = {one.flow for one in monitors}, {one.flow for one in code}
    for flow in sorted(named - watched):
        where = ", ".join(f"{one.file}:{one.line}" for one in code if one.flow == flow)
        if survives(flow):
            yield Gap(
                "unwatched", flow, f"reported at {where}, but no spec says flow: {flow}; add monitors/{flow}.yaml"
            )
        else:
            text = "CloudMonitor keeps 1 to 64 letters, digits and . - _ / \\ of a name and rewrites the rest"
            yield Gap("rewritten", flow, f"reported at {where}: {text}; report under the id of a spec")
    for monitor in monitors:
        if monitor.source.app == OWN and monitor.flow not in named:
            yield Gap("unreported", monitor.flow, "no code that was read reports it under this name")
