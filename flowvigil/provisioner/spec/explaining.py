"""Which file gave every value of one flow. Reads the flow's layers; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from ..amounts import duration
from ..monitor import Monitor
from .contacts import URGENCY
from .folder import survey
from .layers import BUILT_IN, Layer, leaves, merged, origin
from .loading import Loader
from .parsing import Desk
from .problem import Path, SpecError
from .schema import node

_LEFT_OUT = frozenset({"environments", "locked", "bounds"})


@dataclass(frozen=True, slots=True)
class Row:
    """One value: its key path, and the file and line that gave it. Built-in values have file `built-in`, line 0."""

    path: str
    value: Any
    file: str
    line: int


class UnknownFlow(LookupError):  # noqa: N818 - an answer, not a failure
    """No file describes the flow; `known` are those that are described."""

    def __init__(self, flow: str, known: list[str]) -> None:
        super().__init__(flow)
        self.known = known


def explain(root: File, environment: str, flow: str) -> tuple[Row, ...]:
    """Every value of a flow as one environment sees it, in the order of writing.

    Raises UnknownFlow, or SpecError if the flow has problems.
    """
    folder = survey(root)
    loader = Loader(folder, Desk(folder), environment)
    loader.prepare()
    known: list[str] = []
    for name in folder.flows:
        tree = loader.tree(name)
        if tree.get("flow") == flow:
            made = loader.monitors([name]).monitors
            if not made:
                raise SpecError(loader.desk.all_problems())
            return _ordered(_rows(loader, loader.layers(name, tree, environment), made[0]))
        known.append(str(tree.get("flow", "")))
    raise UnknownFlow(flow, sorted(filter(None, known)))


def _ordered(rows: Iterator[Row]) -> tuple[Row, ...]:
    """In the order of the language's keys, each alarm's values together."""
    order = {key: place for place, key in enumerate(node({"$ref": "#/$defs/spec"})["properties"])}
    return tuple(sorted(rows, key=lambda row: (order[row.path.split(".")[0]], row.path.split(".")[1:2])))


def _rows(loader: Loader, layers: list[Layer], made: Monitor) -> Iterator[Row]:
    shown = {key: value for key, value in merged(layers).items() if key not in _LEFT_OUT}
    for path, value in leaves(shown):
        if value != {}:
            yield _row(loader, layers, path, value)
    yield from _filled_in(made, shown)
    yield from _routes(loader, made, shown)


def _row(loader: Loader, layers: list[Layer], path: Path, value: Any) -> Row:
    layer, found = origin(layers, path)
    dotted = ".".join(map(str, path))
    if layer.file == BUILT_IN:
        return Row(dotted, value, BUILT_IN, 0)
    spot = loader.desk.spot(layer.file, (*layer.below, *found), "value")
    return Row(dotted, value, loader.folder.shown(layer.file), spot.line)


def _filled_in(made: Monitor, whole: dict[str, Any]) -> Iterator[Row]:
    """What the conditions got because the spec says nothing."""
    for condition in made.conditions:
        said = whole["alarms"][condition.alarm]
        values: dict[str, Any] = {"period": duration(condition.period_s * 1e3), "for": duration(condition.for_s * 1e3)}
        if condition.min_runs > 1:
            values["min_runs"] = condition.min_runs
        if condition.over_ms is not None:
            values["over"] = duration(condition.over_ms)
        for key, value in values.items():
            if key not in said:
                yield Row(f"alarms.{condition.alarm}.{key}", value, BUILT_IN, 0)


def _routes(loader: Loader, made: Monitor, whole: dict[str, Any]) -> Iterator[Row]:
    """The owner's routes, where the spec does not choose its own."""
    contacts = loader.folder.contacts
    routes = loader.workshop.contacts.teams.get(made.owner or "", {})
    for severity in URGENCY:
        if contacts and severity in routes and severity.value not in whole.get("notify", {}):
            spot = loader.desk.spot(contacts, ("teams", str(made.owner), severity.value), "value")
            yield Row(f"notify.{severity.value}", list(routes[severity]), loader.folder.shown(contacts), spot.line)
