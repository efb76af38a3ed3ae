"""From waiting notices to messages that a robot has taken: each of these steps survives the end of the process.

A message is packed, marked as being sent, posted, and marked as sent. A process that dies before the third step has
posted nothing; one that dies in it cannot know, and then the message goes out again and says that it may be a repeat:
robots offer no way to ask. What a robot refuses goes back to waiting and is merged with what came since.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from . import hooks
from .digest import digest, urgent_first
from .judging import Notice
from .message import Seen, message
from .pacing import APART, CALM, MINUTE_MS, SILENCE_MS, next_slot, pause
from .robots import Fate, RobotPost, Verdict
from .settings import Robot, Settings
from .store import Store
from .words import WORDS

READY, SENDING, SENT = "ready", "sending", "sent"
MOST_AT_ONCE = 5000
LATE_MS = 600_000
"""A notice that waits longer means that the relay does not deliver."""

Look = Callable[[Notice], Seen]


class Sender:
    """The post office. One thread per robot at a time may be in `send`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.transaction() as db:
            db.execute(
                "UPDATE notices SET message=NULL WHERE message IN (SELECT id FROM messages WHERE state=?)", (READY,)
            )
            db.execute("DELETE FROM messages WHERE state=?", (READY,))

    def forget_others(self, robots: list[str], now: int) -> None:
        """Drop what waits for robots that there are no more: nobody will ever take it."""
        rows = self.store.rows(
            "SELECT robot, count(*) FROM notices WHERE message IS NULL "
            "OR message IN (SELECT id FROM messages WHERE state<>?) GROUP BY robot",
            SENT,
        )
        told = dict.fromkeys([robot for (robot,) in self.store.rows("SELECT DISTINCT robot FROM told")], 0)
        for robot, count in {**told, **dict(rows)}.items():
            if robot not in robots:
                with self.store.transaction() as db:
                    db.execute("DELETE FROM notices WHERE robot=?", (robot,))
                    db.execute("DELETE FROM messages WHERE robot=?", (robot,))
                    db.execute("DELETE FROM told WHERE robot=?", (robot,))
                    self.store.note("robot gone", now, robot=robot, notices=count)

    def due(self, now: int) -> list[str]:
        """The robots that something is waiting for and that may be posted to now."""
        rows = self.store.rows(
            "SELECT DISTINCT robot FROM notices WHERE message IS NULL "
            "UNION SELECT robot FROM messages WHERE state=? ORDER BY robot",
            SENDING,
        )
        return [robot for (robot,) in rows if self._opens(robot, now) <= now]

    def waiting(self) -> tuple[int, int]:
        """How many notices nobody took yet, and when the oldest was queued (0 for none)."""
        ((count, oldest),) = self.store.rows(
            "SELECT count(*), coalesce(min(queued), 0) FROM notices "
            "WHERE message IS NULL OR message IN (SELECT id FROM messages WHERE state<>?)",
            SENT,
        )
        return count, oldest

    def delivering(self, now: int) -> bool:
        """Whether nothing has waited too long."""
        count, oldest = self.waiting()
        return not count or now - oldest < LATE_MS

    def _opens(self, robot: str, now: int) -> int:
        rows = self.store.rows("SELECT not_before FROM robots WHERE robot=?", robot)
        not_before = rows[0][0] if rows else 0
        # a pause is minutes at most, so a later end is that of a clock that has been set back since
        opens = not_before if not_before <= now + SILENCE_MS else now
        return max(opens, next_slot(self._posts(robot, now), now))

    def _posts(self, robot: str, now: int) -> list[int]:
        return [
            at for (at,) in self.store.rows("SELECT at FROM messages WHERE robot=? AND at>?", robot, now - MINUTE_MS)
        ]

    def send(self, settings: Settings, name: str, post: RobotPost, look: Look, now: int) -> None:
        """Post one message to the robot, if there is one to post."""
        known = next((one for one in settings.robots if one.secret == name), Robot(name))
        number, body = self._unsure(name, settings.language) or self._packed(settings, known, look, now) or (0, {})
        if not number:
            return
        with self.store.transaction() as db:
            db.execute(
                "UPDATE messages SET state=?, at=?, tries=tries+1, body=? WHERE id=?",
                (SENDING, now, json.dumps(body, ensure_ascii=False), number),
            )
        self._settle(name, number, post.post(body, now), now)

    def _unsure(self, robot: str, lang: str) -> tuple[int, dict[str, Any]] | None:
        """A message that may or may not have arrived, with a word to say so."""
        rows = self.store.rows("SELECT id, body FROM messages WHERE robot=? AND state=? ORDER BY id", robot, SENDING)
        if not rows:
            return None
        number, text = rows[0]
        body: dict[str, Any] = json.loads(text)
        again = f"({WORDS[lang]['again']})"
        if not body["markdown"]["text"].endswith(again):
            body["markdown"]["text"] += f" {again}"
            self.store.count("messages_repeated")
        return number, body

    def _packed(self, settings: Settings, robot: Robot, look: Look, now: int) -> tuple[int, dict[str, Any]] | None:
        """A new message from what waits: one notice, or many merged."""
        rows = self.store.rows(
            "SELECT id, body FROM notices WHERE robot=? AND message IS NULL ORDER BY id LIMIT ?",
            robot.secret,
            MOST_AT_ONCE,
        )
        if not rows:
            return None
        waiting = [(number, Notice(**json.loads(body))) for number, body in rows]
        calm = len(self._posts(robot.secret, now)) < CALM
        some = waiting[:1] if len(waiting) <= APART and calm else urgent_first(waiting)
        with self.store.transaction() as db:
            made = db.execute(
                "INSERT INTO messages (robot, state, at, tries, body, code) VALUES (?,?,?,0,'','')",
                (robot.secret, READY, 0),
            )
            number = made.lastrowid or 0
        if len(some) == 1:
            body, held = self._alone(settings, robot, some[0][1], look, number), 1
        else:
            body, held = digest(settings, [notice for _, notice in some], robot, str(number))
            self.store.count("notices_merged", held)
        with self.store.transaction() as db:
            taken = [(number, notice) for notice, _ in some[:held]]
            db.executemany("UPDATE notices SET message=? WHERE id=?", taken)
        return number, body

    def _alone(self, settings: Settings, robot: Robot, notice: Notice, look: Look, number: int) -> dict[str, Any]:
        flow = next((one for one in settings.flows if one.flow == notice.flow), None)
        condition = flow.condition(notice.alarm) if flow else None
        if flow is None or condition is None:
            return digest(settings, [notice], robot, str(number))[0]
        called = hooks.lines(flow, notice.alarm, notice.severity, self.store, notice.at, settings.language)
        return message(settings, flow, condition, notice, robot, look(notice), called, str(number))

    def _settle(self, robot: str, number: int, verdict: Verdict, now: int) -> None:
        store = self.store
        with store.transaction() as db:
            if verdict.fate is Fate.TAKEN:
                db.execute("UPDATE messages SET state=?, code=? WHERE id=?", (SENT, verdict.code, number))
                db.execute("DELETE FROM robots WHERE robot=?", (robot,))
                store.count("messages_sent")
                return
            store.count(f"messages_{verdict.fate.value.replace(' ', '_')}")
            store.note("robot", now, robot=robot, fate=verdict.fate.value, code=verdict.code, words=verdict.words)
            row = db.execute("SELECT failures FROM robots WHERE robot=?", (robot,)).fetchone()
            failures = (row[0] if row else 0) + 1
            wait = pause(failures, refused=verdict.fate is Fate.REFUSED)
            until = now + (SILENCE_MS if verdict.fate is Fate.TOO_FAST else wait)
            db.execute("INSERT OR REPLACE INTO robots VALUES (?,?,?,?)", (robot, until, failures, verdict.code))
            if verdict.fate is not Fate.UNSURE:
                db.execute("UPDATE notices SET message=NULL WHERE message=?", (number,))
                db.execute("DELETE FROM messages WHERE id=?", (number,))
