"""Everything that was sent or would have been: DingTalk, mail, short messages, calls, callbacks. Sends nothing."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.redaction import redact
from flowvigil.emulator.state import State

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, channel TEXT, status TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS outbox_by_status ON outbox (status);
"""
SENT, REFUSED, PENDING, FAILED, NOT_SENT = "sent", "refused", "pending", "failed", "not sent"


class Outbox:
    """Entries are numbered from 1; a callback that is pending is tried again after a restart."""

    def __init__(self, state: State) -> None:
        self.state = state
        state.db.executescript(SCHEMA)

    def add(self, channel: str, status: str, body: dict[str, Any]) -> int:
        """Append one entry and return its number."""
        found = self.state.db.execute(
            "INSERT INTO outbox (channel, status, body) VALUES (?,?,?)", (channel, status, json.dumps(body))
        )
        return int(found.lastrowid or 0)

    def pending(self) -> list[tuple[int, dict[str, Any]]]:
        """Callbacks that nobody answered yet."""
        rows = self.state.db.execute("SELECT seq, body FROM outbox WHERE status=? ORDER BY seq", (PENDING,))
        return [(seq, json.loads(body)) for seq, body in rows.fetchall()]

    def settle(self, seq: int, status: str, **more: Any) -> None:
        """Say how a pending callback ended."""
        row = self.state.db.execute("SELECT body FROM outbox WHERE seq=?", (seq,)).fetchone()
        if row:
            body = json.dumps({**json.loads(row[0]), **more})
            self.state.db.execute("UPDATE outbox SET status=?, body=? WHERE seq=?", (status, body, seq))

    def after(self, seq: int, channel: str = "", limit: int = 10_000) -> list[dict[str, Any]]:
        """Entries with a number above `seq`, oldest first, without secrets; `channel` narrows to one."""
        rows = self.state.db.execute(
            "SELECT seq, channel, status, body FROM outbox WHERE seq > ? AND ? IN ('', channel) ORDER BY seq LIMIT ?",
            (seq, channel, limit),
        )
        return [{"seq": n, "channel": name, "status": status, **redact(json.loads(body))}
                for n, name, status, body in rows]  # fmt: skip

    def newest(self) -> int:
        """The number of the last entry, 0 when there is none."""
        return int(self.state.db.execute("SELECT coalesce(max(seq), 0) FROM outbox").fetchone()[0])

    def latest(self, channel: str = "", before: int = 0, limit: int = 50, holding: str = "") -> list[dict[str, Any]]:
        """The last entries, newest first, without secrets; `before` leaves out those from that number on, `holding`
        those whose record does not hold a text.
        """
        held = json.dumps(holding)[1:-1]
        rows = self.state.db.execute(
            "SELECT seq, channel, status, body FROM outbox WHERE ? IN ('', channel) AND (?=0 OR seq<?) "
            "AND (?='' OR instr(body, ?)) ORDER BY seq DESC LIMIT ?",
            (channel, before, before, held, held, limit),
        )
        return [{"seq": n, "channel": name, "status": status, **redact(json.loads(body))}
                for n, name, status, body in rows]  # fmt: skip

    def clear(self) -> None:
        self.state.db.execute("DELETE FROM outbox")
