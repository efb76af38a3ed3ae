"""The tables in docs/emulator-actions.md, made from the registry and the switches so that they cannot rot."""

from __future__ import annotations

from flowvigil.emulator import services  # noqa: F401 - fills the registry
from flowvigil.emulator.registry import REST, RPC, Action
from flowvigil.emulator.switches import TABLE, Switch
from flowvigil.emulator.unanswered import UNANSWERED

ACTIONS = """# What the emulator answers

Made by `flowvigil run emulator --actions`; a test compares this file with the code.
Whatever is not listed is answered with the code `EmulatorUnsupported` and stands in the journal.
The source of a behaviour is an API page of the vendor, or what the vendor's provider and SDKs send and read.

| service | action | request | changes | source of the behaviour |
|---|---|---|---|---|
"""
UNANSWERED_HEAD = """
## Not answered

These are known to exist and get `EmulatorUnsupported` like everything that is not listed at all.

| service | action | why not |
|---|---|---|
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
    missing = [f"| {service} | {name} | {why} |\n" for (service, name), why in sorted(UNANSWERED.items())]
    answered = ACTIONS + "".join(rows) + UNANSWERED_HEAD + "".join(missing)
    return answered + SWITCHES + "".join(_switch(switch) for switch in TABLE)


def _action(action: Action) -> str:
    where = "project host" if action.on_project else "bare host"
    request = f"`{action.method} {action.path}` ({where})" if action.service == "sls" else "RPC"
    changes = "yes" if action.mutates else ""
    return f"| {action.service} | {action.name} | {request} | {changes} | {action.source} |\n"


def _switch(switch: Switch) -> str:
    values = ", ".join(switch.values) or "a number"
    positions = f"{switch.lenient} | {switch.pessimistic}"
    return f"| `{switch.name}` | {values} | {positions} | {switch.meaning} | {switch.basis} |\n"
