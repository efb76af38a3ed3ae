"""The table of actions in docs/emulator-actions.md, made from the registry so that it cannot rot."""

from __future__ import annotations

from flowvigil.emulator import services  # noqa: F401 - fills the registry
from flowvigil.emulator.registry import REST, RPC, Action

HEAD = """# What the emulator answers

Made by `flowvigil run emulator --actions`; a test compares it with the registry.
Whatever is not listed is answered with the code `EmulatorUnsupported` and stands in the journal.

| service | action | request | changes | source of the behaviour |
|---|---|---|---|---|
"""


def actions_table() -> str:
    """The whole document."""
    rows = sorted({_row(action) for action in [*RPC.values(), *REST]})
    return HEAD + "".join(rows)


def _row(action: Action) -> str:
    where = "project host" if action.on_project else "bare host"
    request = f"`{action.method} {action.path}` ({where})" if action.service == "sls" else "RPC"
    changes = "yes" if action.mutates else ""
    return f"| {action.service} | {action.name} | {request} | {changes} | {action.source} |\n"
