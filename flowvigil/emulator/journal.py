"""The record of every request, without a secret in it: in the state, and line by line in a file beside it."""

from __future__ import annotations

import json
from typing import Any, TextIO

from flowvigil.emulator.state import State


class Journal:
    """Entries are numbered from 1 and only ever appended; `reset` of the cloud starts it anew."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._file: TextIO | None = None
        if state.folder is not None:
            self._file = (state.folder / "journal.jsonl").open(
                "a", encoding="utf-8", errors="backslashreplace", buffering=1
            )

    def add(self, entry: dict[str, Any]) -> int:
        """Append one entry, already free of secrets, and return its number."""
        line = json.dumps(entry)
        found = self.state.db.execute("INSERT INTO journal (entry) VALUES (?)", (line,))
        seq = int(found.lastrowid or 0)
        if self._file is not None:
            self._file.write(json.dumps({"seq": seq, **entry}, ensure_ascii=False) + "\n")
        return seq

    def after(self, seq: int, limit: int = 10_000) -> list[dict[str, Any]]:
        """Entries with a number above `seq`, oldest first."""
        rows = self.state.db.execute("SELECT seq, entry FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
        return [{"seq": number, **json.loads(entry)} for number, entry in rows]

    def latest(self, before: int = 0, limit: int = 100, *, changes: bool = False) -> list[dict[str, Any]]:
        """The last entries, newest first; `before` leaves out those from that number on, `changes` what only reads."""
        rows = self.state.db.execute(
            "SELECT seq, entry FROM journal WHERE (?=0 OR seq<?) AND (?=0 OR entry LIKE '%\"mutates\": true%') "
            "ORDER BY seq DESC LIMIT ?",
            (before, before, changes, limit),
        )
        return [{"seq": number, **json.loads(entry)} for number, entry in rows]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
