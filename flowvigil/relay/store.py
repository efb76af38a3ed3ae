"""What a relay must not forget: callbacks, what was told to whom, what is still to be said, the audit log.

One SQLite file in WAL mode with full synchronisation: what a callback's sender was told is on disk. Every change is one
transaction, so a killed relay goes on from whole steps. Knows no message and no address.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .callback import Callback

FILE, LOCK = "relay.db", "relay.lock"
VERSION = 1
SCHEMA = """
CREATE TABLE events (id INTEGER PRIMARY KEY, key TEXT UNIQUE, received INTEGER, at INTEGER, body TEXT, done INTEGER);
CREATE INDEX events_to_do ON events (received) WHERE done = 0;
CREATE TABLE rules (rule TEXT PRIMARY KEY, flow TEXT, alarm TEXT, state TEXT, at INTEGER);
CREATE INDEX rules_by_condition ON rules (flow, alarm);
CREATE TABLE conditions (flow TEXT, alarm TEXT, severity TEXT, since INTEGER, at INTEGER, PRIMARY KEY (flow, alarm));
CREATE TABLE told (flow TEXT, alarm TEXT, robot TEXT, severity TEXT, at INTEGER, PRIMARY KEY (flow, alarm, robot));
CREATE TABLE notices (id INTEGER PRIMARY KEY, robot TEXT, body TEXT, queued INTEGER, message INTEGER);
CREATE INDEX notices_waiting ON notices (robot) WHERE message IS NULL;
CREATE TABLE messages (id INTEGER PRIMARY KEY, robot TEXT, state TEXT, at INTEGER, tries INTEGER, body TEXT, code TEXT);
CREATE INDEX messages_open ON messages (robot) WHERE state <> 'sent';
CREATE INDEX messages_by_time ON messages (robot, at);
CREATE TABLE robots (robot TEXT PRIMARY KEY, not_before INTEGER, failures INTEGER, code TEXT);
CREATE TABLE calls (id INTEGER PRIMARY KEY, flow TEXT, hook TEXT, state TEXT, at INTEGER, tries INTEGER, body TEXT);
CREATE INDEX calls_by_hook ON calls (flow, hook, at);
CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER, what TEXT, body TEXT);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER);
"""
KEPT_MS = 35 * 86_400_000
"""Callbacks, messages and audit entries are kept this long."""


class StoreError(Exception):
    """The state folder cannot be used; the text says why."""


class Store:
    """The relay's memory. Safe for several threads; one process at a time."""

    def __init__(self, folder: Path | None, *, network: bool = False, wait_s: float = 5) -> None:
        """`folder=None` keeps everything in memory; `network` is for folders on NFS, which WAL does not work on.

        `wait_s` is how long others may hold the file before it counts as locked.
        """
        self._lock = threading.RLock()
        self.refusals: Counter[str] = Counter()
        self._held = _hold(folder) if folder else None
        try:
            self.db = sqlite3.connect(
                str(folder / FILE) if folder else ":memory:",
                check_same_thread=False,
                isolation_level=None,
                timeout=wait_s,
            )
            self.db.execute(f"PRAGMA journal_mode={'DELETE' if network else 'WAL'}")
            self.db.execute("PRAGMA synchronous=FULL")
            self._open()
        except sqlite3.Error as error:
            self._let_go()
            raise StoreError(f"the relay's state in {folder} cannot be used: {error}") from error
        except StoreError:
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self._held:
            self._held.close()

    def _open(self) -> None:
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StoreError(f"the relay's state is of version {version}, from a newer flowvigil; use that one")
        made = "" if version else f"{SCHEMA} PRAGMA user_version={VERSION};"
        self.db.executescript(f"BEGIN IMMEDIATE; {made} COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, alone among threads."""
        with self._lock:
            if self.db.in_transaction:
                yield self.db
                return
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def unjudged(self) -> int:
        """How many callbacks nobody judged yet."""
        ((count,),) = self.rows("SELECT count(*) FROM events WHERE done = 0")
        return int(count)

    def rows(self, query: str, *values: Any) -> list[Any]:
        """All rows of a query."""
        with self._lock:
            return self.db.execute(query, values).fetchall()

    def keep(self, said: Callback, now: int) -> bool:
        """Keep a callback until it is judged; False for one that was kept before (the service tries three times)."""
        key = f"{said.rule_id}\n{said.rule_name}\n{said.dimensions}\n{said.at_ms}\n{said.state}"
        with self.transaction() as db:
            done = db.execute(
                "INSERT OR IGNORE INTO events (key, received, at, body, done) VALUES (?,?,?,?,0)",
                (key, now, said.at_ms, json.dumps(asdict(said), ensure_ascii=False)),
            )
            self.count("callbacks" if done.rowcount else "repeated_callbacks")
        return done.rowcount == 1

    def waiting_events(self, now: int, gather_ms: int) -> list[tuple[int, Callback]]:
        """Callbacks not judged yet that came at least `gather_ms` ago, in the order of the service's time.

        One that came in the future came before this machine's clock was set back, and waits no longer.
        """
        rows = self.rows(
            "SELECT id, body FROM events WHERE done=0 AND (received<=? OR received>?) ORDER BY at, id LIMIT 5000",
            now - gather_ms,
            now,
        )
        return [(number, Callback(**json.loads(body))) for number, body in rows]

    def judged(self, numbers: Sequence[int]) -> None:
        """Callbacks that need no more thought."""
        self.db.executemany("UPDATE events SET done=1 WHERE id=?", [(one,) for one in numbers])

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        with self._lock:
            self.db.execute(
                "INSERT INTO counters VALUES (?,?) ON CONFLICT DO UPDATE SET value=value+excluded.value", (name, by)
            )

    def count_refusal(self, why: str) -> None:
        """Count a request that was not let in, in memory alone: strangers must not make the disk busy."""
        with self._lock:
            self.refusals[f"refused_{why}"] += 1

    def counters(self) -> dict[str, int]:
        """All counters by name; refusals since this process began, all else since the state did."""
        return {**dict(self.rows("SELECT name, value FROM counters ORDER BY name")), **self.refusals}

    def note(self, what: str, now: int, **about: Any) -> None:
        """Write one line into the audit log."""
        with self._lock:
            body = json.dumps(about, ensure_ascii=False)
            self.db.execute("INSERT INTO audit (at, what, body) VALUES (?,?,?)", (now, what, body))

    def audit(self, after: int, limit: int = 1000) -> list[dict[str, Any]]:
        """Lines of the audit log with a number above `after`."""
        rows = self.rows("SELECT id, at, what, body FROM audit WHERE id>? ORDER BY id LIMIT ?", after, limit)
        return [{"id": number, "at": at, "what": what, **json.loads(body)} for number, at, what, body in rows]

    def forget_ahead(self, now: int) -> None:
        """Forget what was said and told at times that have not come."""
        with self.transaction() as db:
            for table in ("rules", "conditions", "told"):
                db.execute(f"DELETE FROM {table} WHERE at>?", (now,))  # noqa: S608 - names of our own tables

    def forget(self, now: int) -> None:
        """Drop what is done and old."""
        old = now - KEPT_MS
        with self.transaction() as db:
            db.execute("DELETE FROM events WHERE done=1 AND received<?", (old,))
            db.execute(
                "DELETE FROM notices WHERE message IN (SELECT id FROM messages WHERE state='sent' AND at<?)", (old,)
            )
            db.execute("DELETE FROM messages WHERE state='sent' AND at<?", (old,))
            db.execute("DELETE FROM calls WHERE state NOT IN ('waiting','calling') AND at<?", (old,))
            db.execute("DELETE FROM audit WHERE at<?", (old,))

    def close(self) -> None:
        """Close the file and let another relay have the folder."""
        with self._lock:
            self.db.close()
            self._let_go()


def _hold(folder: Path) -> Any:
    """Hold the folder for this process alone; the system lets go of it when the process ends in any way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = (folder / LOCK).open("a+")
    except OSError as error:
        raise StoreError(f"the state folder {folder} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise StoreError(f"another relay works on {folder}; end it, or give this one a folder of its own") from error
    return held
