"""The record of every request, without a secret in it: in the state, and line by line in a file beside it."""

from __future__ import annotations

import json
import re
from typing import Any, TextIO

from flowvigil.emulator.state import State

HIDDEN = "[secret]"
_NAMES = re.compile(
    r"(?i)secret|signature|securitytoken|password|access_?key_?id|authorization|oidctoken|webhook|^token$"
)
_PATTERNS = (
    (re.compile(r"(?i)((?:access_token|sign|secret|key|token)=)[^&\s\"']+"), r"\1" + HIDDEN),
    (re.compile(r"\bSEC[0-9a-f]{20,}"), HIDDEN),
    (re.compile(r"(?i)(https?://[^\s\"'\\]*/(?:hook|robot|callback|webhook)[^\s\"'\\?]*/?)[^\s\"'\\]*"), HIDDEN),
)


def redact(value: Any, name: str = "") -> Any:
    """The same value with secrets replaced, found by the name of the field and by what they look like."""
    if isinstance(value, dict):
        return {key: redact(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner, name) for inner in value]
    if not isinstance(value, str) or not value:
        return value
    return HIDDEN if _NAMES.search(name) else _plain(value)


def _plain(text: str) -> str:
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


class Journal:
    """Entries are numbered from 1 and only ever appended; `reset` of the cloud starts it anew."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._file: TextIO | None = None
        if state.folder is not None:
            self._file = (state.folder / "journal.jsonl").open("a", encoding="utf-8", buffering=1)

    def add(self, entry: dict[str, Any]) -> int:
        """Append one entry, already free of secrets, and return its number."""
        line = json.dumps(entry, ensure_ascii=False)
        found = self.state.db.execute("INSERT INTO journal (entry) VALUES (?)", (line,))
        seq = int(found.lastrowid or 0)
        if self._file is not None:
            self._file.write(json.dumps({"seq": seq, **entry}, ensure_ascii=False) + "\n")
        return seq

    def after(self, seq: int, limit: int = 10_000) -> list[dict[str, Any]]:
        """Entries with a number above `seq`, oldest first."""
        rows = self.state.db.execute("SELECT seq, entry FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
        return [{"seq": number, **json.loads(entry)} for number, entry in rows]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
