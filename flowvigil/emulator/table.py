"""The tables in docs/emulator-actions.md, made from the registry and the switches so that they cannot rot."""

from __future__ import annotations

from flowvigil.emulator import services  # noqa: F401 - fills the registry
from flowvigil.emulator.registry import REST, RPC, Action
from flowvigil.emulator.switches import TABLE, Switch

ACTIONS = """# What the emulator answers

Made by `flowvigil run emulator --actions`; a test compares this file with the code.
Whatever is not listed is answered with the code `EmulatorUnsupported` and stands in the journal.
How the behaviour was found, in the last column: an API page of the vendor, or the requests that the vendor's provider and SDKs send and the answers that they read.

| service | action | request | changes | source of the behaviour |
|---|---|---|---|---|
"""
SWITCHES = """
## Switches

Each stands for something that is not known of the live service, or that a test wants to have otherwise.
`GET /-/switches` shows their positions, `POST /-/switches` with `{"name": …, "value": …}` changes one.

| switch | values | lenient | pessimistic | what it decides | what it rests on |
|---|---|---|---|---|---|
"""


def actions_table() -> str:
    """The whole document."""
    rows = sorted({_action(action) for action in [*RPC.values(), *REST]})
    return ACTIONS + "".join(rows) + SWITCHES + "".join(_switch(switch) for switch in TABLE)


def _action(action: Action) -> str:
    where = "project host" if action.on_project else "bare host"
    request = f"`{action.method} {action.path}` ({where})" if action.service == "sls" else "RPC"
    changes = "yes" if action.mutates else ""
    return f"| {action.service} | {action.name} | {request} | {changes} | {action.source} |\n"


def _switch(switch: Switch) -> str:
    values = ", ".join(switch.values) or "a number"
    positions = f"{switch.lenient} | {switch.pessimistic}"
    return f"| `{switch.name}` | {values} | {positions} | {switch.meaning} | {switch.basis} |\n"
