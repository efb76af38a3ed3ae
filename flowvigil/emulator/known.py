"""Positions of switches from cloud-facts.json: what a probe of a live account found out, by account number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flowvigil.emulator.listening import EmulatorError
from flowvigil.emulator.switches import BY_NAME, check


def positions(asked: str) -> dict[str, str]:
    """The switches that a file answers; `FILE#ACCOUNT` names one account of several.

    Answers that belong to no switch are left out. EmulatorError says what would be right.
    """
    name, _, account = asked.partition("#")
    accounts = _accounts(name)
    if not account and len(accounts) == 1:
        account = next(iter(accounts))
    if account not in accounts:
        raise EmulatorError(f"{name} has facts of {', '.join(accounts) or 'no account'}: name one with {name}#ACCOUNT")
    try:
        facts = accounts[account]["facts"].items()
        found = {key: one["answer"] for key, one in facts if key in BY_NAME and one["answer"] is not None}
        for key, value in found.items():
            check(key, value)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EmulatorError(f"{name}: {error}") from error
    return found


def _accounts(name: str) -> dict[str, Any]:
    try:
        found = json.loads(Path(name).read_text(encoding="utf-8"))["accounts"]
    except OSError as error:
        raise EmulatorError(f"{name}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError):
        found = None
    if not isinstance(found, dict):
        raise EmulatorError(f"{name} holds no accounts: write it with flowvigil verify --probe")
    return found
