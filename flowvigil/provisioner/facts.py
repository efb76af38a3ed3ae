"""What `flowvigil verify --probe` found out about the live service, as the plan obeys it: cloud-facts.json.

The file stands beside the stack's configuration and holds facts by account, each with its answer and what was seen.
Answers are named and spelt like the switches of the pretend cloud, which obeys the same file. Calls nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .stack import Facts, Stack, StackError

FACTS = "cloud-facts.json"
VERSION = 1


def learned(stack: Stack, path: Path) -> Stack:
    """The stack with what the file knows of its account; what the configuration says itself is kept.

    Raises StackError for a file that cannot be used.
    """
    if not path.exists():
        return stack
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(FACTS, f"cannot be read: {error}") from error
    found = _facts(answers(text, stack.account_id))
    said = stack.facts.templates_take_custom_metrics
    return replace(stack, facts=found if said is None else replace(found, templates_take_custom_metrics=said))


def answers(text: str, account: str) -> dict[str, str]:
    """The answers that the file has for an account, by name; questions without an answer are left out."""
    facts = accounts(text).get(account, {}).get("facts", {})
    return {name: one["answer"] for name, one in facts.items() if one["answer"] is not None}


def accounts(text: str) -> dict[str, Any]:
    """The file's entries by account number. Raises StackError that says what would be right."""
    try:
        whole = json.loads(text)
    except ValueError as error:
        raise StackError(FACTS, f"is no JSON: {error}; write it anew with: flowvigil verify --probe") from error
    found = whole.get("accounts") if isinstance(whole, dict) else None
    if not isinstance(found, dict) or whole.get("version") != VERSION:
        raise StackError(FACTS, f"must be {{version: {VERSION}, accounts: …}}; write it with: flowvigil verify --probe")
    for account, entry in found.items():
        if not isinstance(entry, dict) or not _sound(entry.get("facts")):
            raise StackError(FACTS, f"account {account}: facts must map names to {{answer, seen}}, both texts")
    return found


def schema_text() -> str:
    """The JSON Schema of the file."""
    return Path(__file__).with_name("cloud-facts.schema.json").read_text(encoding="utf-8")


def _sound(facts: object) -> bool:
    return isinstance(facts, dict) and all(
        isinstance(one, dict) and isinstance(one.get("answer", 0), (str, type(None))) for one in facts.values()
    )


def _facts(found: Mapping[str, str]) -> Facts:
    templates, zero = found.get("template_custom_metrics"), found.get("group_zero")
    return Facts(
        templates_take_custom_metrics=None if templates is None else templates == "accept",
        group_zero=None if zero is None else zero == "accept",
        only_averages=found.get("custom_statistics") == "average",
        series=_number(found, "series_quota"),
        rules=_number(found, "rule_quota"),
    )


def _number(found: Mapping[str, str], name: str) -> int | None:
    """A quota that was met; 0 says that none was."""
    text = found.get(name, "0")
    return int(text) or None if text.isdecimal() else None
