"""Puts what a probe found into cloud-facts.json, beside what is known already."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from flowvigil.provisioner.facts import VERSION, accounts

from .inquiry import Fact


def recorded(path: Path, account: str, region: str, facts: Iterable[Fact], day: date) -> str:
    """The file's new text. A question that is without answer this time keeps the answer it had.

    Raises StackError for a file that cannot be used.
    """
    known = accounts(path.read_text(encoding="utf-8")) if path.exists() else {}
    old = known.get(account, {}).get("facts", {})
    new = {one.name: {"answer": one.answer, "seen": one.seen, "on": day.isoformat()} for one in facts}
    kept = {name: one for name, one in new.items() if one["answer"] is not None or not _answered(old.get(name))}
    known[account] = {"region": region, "facts": dict(sorted({**old, **kept}.items()))}
    whole = {"version": VERSION, "accounts": dict(sorted(known.items()))}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _answered(one: dict[str, str | None] | None) -> bool:
    return one is not None and one["answer"] is not None
