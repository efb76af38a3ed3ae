"""Where runs are kept: the Log Service project, the store of run events, its index.

An existing project is named, never written; a store in it is ours and carries the prefix.
"""

from __future__ import annotations

from ..reporter import contract
from . import names
from .monitor import LogStore as Place
from .monitor import Monitor, Monitors
from .objects import LogIndex, LogProject, LogStore, Object
from .stack import Stack

INDEX = {
    contract.EVENT: "text",
    contract.FLOW: "text",
    contract.SERVICE: "text",
    contract.METRIC: "text",
    contract.REPORTER: "text",
    contract.RUN_ID: "text",
    contract.TRACE_ID: "text",
    contract.STATUS: "text",
    contract.VERSION: "text",
    contract.ERROR_TYPE: "text",
    contract.SETTINGS_HASH: "text",
    contract.DURATION_MS: "double",
    contract.WEIGHT: "long",
    contract.ENDED_US: "long",
    **dict.fromkeys(contract.TOKENS, "long"),
    **dict.fromkeys((contract.FIRST_TOKEN_MS, *contract.COMPONENTS), "double"),
    contract.DROPPED: "long",
    contract.OPEN_RUNS: "long",
    contract.WAITING_RUNS: "long",
    contract.OPEN_AGE: "double",
}
"""Type of each field of run and reporter events."""

SEPARATORS = ", '\";=()[]{}?@&<>/:\n\t\r"
"""What an index splits texts at; the console's default."""


def own_place(stack: Stack) -> Place:
    """The project and store that runs go to when their spec does not say."""
    return Place(names.log_project(stack), names.logstore(stack))


def place(home: Place, monitor: Monitor) -> Place:
    """The project and store that the flow's runs go to; `home` is the stack's own."""
    return monitor.logs or home


def log_objects(monitors: Monitors, stack: Stack) -> list[Object]:
    """Project, store and index of the stack."""
    home = own_place(stack)
    made: list[Object] = []
    if not stack.log_project:
        made.append(LogProject("log.project", None, home.project, f"run events of {stack.prefix}", stack.protect))
    made.append(LogStore("log.store", None, home.project, home.logstore, stack.retention_days, stack.protect))
    made.append(LogIndex("log.index", None, home.project, home.logstore, index_fields(monitors)))
    return made


def index_fields(monitors: Monitors) -> tuple[tuple[str, str], ...]:
    """Name and type of each field that a store of runs must index, for queries to find and count them."""
    declared = {dimension.name for monitor in monitors.monitors for dimension in monitor.dimensions}
    return tuple(sorted({**dict.fromkeys(declared, "text"), **INDEX}.items()))
