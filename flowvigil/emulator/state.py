"""What the pretend cloud remembers: objects by kind, account and key, in one SQLite file. Knows no service.

A request is one transaction, so a kill in the middle leaves either all of its effect or nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Body = dict[str, Any]

VERSION = 2
SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (kind TEXT, account TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, account, key));
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER);
CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, entry TEXT);
CREATE TABLE IF NOT EXISTS points (account TEXT, grp TEXT, metric TEXT, dimension TEXT, period INTEGER, time INTEGER,
  vals TEXT, arrived INTEGER DEFAULT 0, PRIMARY KEY (account, metric, grp, dimension, period, time));
CREATE TABLE IF NOT EXISTS logs (account TEXT, project TEXT, store TEXT, time INTEGER, line TEXT);
DROP INDEX IF EXISTS logs_by_time;
CREATE INDEX IF NOT EXISTS logs_by_store ON logs (account, project, store);
"""


class StateError(Exception):
    """The state folder cannot be used; the message says why and what to do."""


class State:
    """One open database. `folder=None` keeps everything in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        where = ":memory:" if folder is None else str(folder / "emulator.sqlite")
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(where, isolation_level=None, check_same_thread=False, timeout=1)
        except (OSError, sqlite3.DatabaseError) as error:
            raise StateError(f"the state cannot be kept in {folder}: {error}; name another folder") from error
        try:
            self._prepare(where)
        except sqlite3.DatabaseError as error:
            self.db.close()
            raise StateError(f"{where}: {error}; end the process that holds it, or remove the folder") from error

    def _prepare(self, where: str) -> None:
        found = self.db.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            self.db.close()
            raise StateError(f"{where}: written by a newer flowvigil (state version {found}, this one knows {VERSION})")
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        if found == 1:
            self.db.execute("ALTER TABLE points ADD COLUMN arrived INTEGER DEFAULT 0")
        self.db.executescript(SCHEMA)
        self.db.execute(f"PRAGMA user_version={VERSION}")

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an exception undoes every write since it began."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def get(self, kind: str, account: str, key: str) -> Body | None:
        row = self.db.execute(
            "SELECT body FROM objects WHERE kind=? AND account=? AND key=?", (kind, account, key)
        ).fetchone()
        return None if row is None else _read(row[0])

    def put(self, kind: str, account: str, key: str, body: Body) -> None:
        self.db.execute(
            "INSERT INTO objects VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET body=excluded.body",
            (kind, account, key, json.dumps(body)),
        )

    def drop(self, kind: str, account: str, key: str) -> bool:
        """Remove one object; False when there was none."""
        found = self.db.execute("DELETE FROM objects WHERE kind=? AND account=? AND key=?", (kind, account, key))
        return found.rowcount > 0

    def all(self, kind: str, account: str) -> dict[str, Body]:
        """Every object of a kind, in the order in which they were first made."""
        rows = self.db.execute(
            "SELECT key, body FROM objects WHERE kind=? AND account=? ORDER BY rowid", (kind, account)
        )
        return {key: _read(body) for key, body in rows}

    def everything(self) -> Iterator[tuple[str, str, str, Body]]:
        """Kind, account, key and body of every object."""
        for kind, account, key, body in self.db.execute("SELECT * FROM objects ORDER BY kind, account, rowid"):
            yield kind, account, key, _read(body)

    def next(self, name: str, start: int = 1) -> int:
        """The next number of a counter that survives restarts and resets of single objects."""
        row = self.db.execute(
            "INSERT INTO counters VALUES (?,?) ON CONFLICT DO UPDATE SET value=value+1 RETURNING value", (name, start)
        ).fetchone()
        return int(row[0])

    def forget_ahead(self, now: int) -> None:
        """Forget points and log lines of times after `now` (ms); what arrived then has arrived by now."""
        self.db.execute("DELETE FROM points WHERE time > ?", (now,))
        self.db.execute("UPDATE points SET arrived=? WHERE arrived > ?", (now, now))
        self.db.execute("DELETE FROM logs WHERE time > ?", (now // 1000,))

    def clear(self) -> None:
        """Forget everything but the numbers already given out."""
        for table in ("objects", "journal", "points", "logs"):
            self.db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables


def _read(text: str) -> Body:
    body: Body = json.loads(text)
    return body
