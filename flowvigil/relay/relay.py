"""One relay: takes callbacks, judges them a moment later, sends what is due. `step` does one round of everything.

Knows the parts and their order; each part knows nothing of the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from flowvigil.reporter.sinks.cloud import Provider

from . import hooks
from . import settings as settings_file
from .alerts import alerts
from .callback import callback
from .finding import Finder
from .heart import Heart
from .judging import Notice, judge
from .message import UNSEEN, Seen
from .robots import RobotPost
from .runs import Logs
from .secrets import secrets
from .sending import Sender
from .settings import Settings, SettingsError
from .store import Store
from .time_source import Now, system

GATHER_MS = 1000
"""Callbacks wait so long for others of the same moment: they arrive in any order."""
SKEW_MS = 300_000
FORGET_EVERY_MS = 3_600_000
THREADS, CALLS_AT_ONCE = 16, 8


class Relay:
    """`environ` holds the secrets, `now` the relay's clock, `gather_ms` how long callbacks wait for each other."""

    def __init__(
        self,
        path: Path,
        store: Store,
        environ: Mapping[str, str],
        provider: Provider,
        now: Now = system,
        gather_ms: int = GATHER_MS,
    ) -> None:
        """Raises SettingsError."""
        self._path, self._environ, self._provider = path, environ, provider
        self._seen = _stamp(path)
        self.posts: dict[str, RobotPost] = {}
        self._hearts: list[Heart] = []
        self.store, self.now, self._gather_ms = store, now, gather_ms
        self.sender = Sender(store)
        self._take(settings_file.read(path))
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="robot")
        self._forgot = 0

    def _take(self, settings: Settings) -> None:
        """Begin to use settings; nothing changes when their secrets are not whole."""
        found = secrets(settings, self._environ)
        self._let_go()
        base = settings.endpoints.get("dingtalk", "")
        self.posts = {
            one.secret: RobotPost(found.values[one.secret], found.values.get(one.sign, ""), base)
            for one in settings.robots
        }
        self.settings, self.secrets, self.finder = settings, found, Finder(settings)
        self.heart = Heart(settings, self._provider)
        self._hearts = [self.heart]
        self.sender.forget_others(list(self.posts), self.now())

    def reload(self) -> None:
        """Read the settings again when the file has changed; one that cannot be used is counted and not used."""
        stamp = _stamp(self._path)
        if stamp in (self._seen, None):
            return
        self._seen = stamp
        try:
            self._take(settings_file.read(self._path))
            self.store.count("settings_taken")
        except SettingsError as error:
            self.store.count("settings_refused")
            self.store.note("settings refused", self.now(), why=str(error))

    def accept(self, body: bytes) -> bool:
        """Keep a callback or all alerts of a post; False when they are known. Raises CallbackError or sqlite3.Error."""
        said = alerts(body) if body.lstrip()[:1] in (b"[", b"{") else [callback(body)]
        now = system()
        with self.store.transaction():
            fresh = [self.store.keep(one, now) for one in said]
        return any(fresh)

    def judge(self, gather_ms: int | None = None) -> bool:
        """Judge the callbacks that have waited for others long enough; whether there were any."""
        events = self.store.waiting_events(system(), self._gather_ms if gather_ms is None else gather_ms)
        if not events:
            return False
        now = self.now()
        skewed = sum(abs(said.at_ms - now) > SKEW_MS for _, said in events)
        if skewed:
            self.store.count("skewed_callbacks", skewed)
        with self.store.transaction():
            hooks.enqueue(self.store, self.settings, judge(self.store, self.finder, events, now), now)
        return True

    def deliver(self) -> bool:
        """Post one message to each robot that may be posted to, and make calls of hooks; whether anybody was posted to.

        All at once: neither a robot nor a hook that hangs keeps the others waiting.
        """
        if not self.busy():
            return False
        now = self.now()
        due = self._due(now)
        work: list[Callable[[], None]] = [
            partial(self.sender.send, self.settings, name, self.posts[name], self._look, now) for name in due
        ]
        calls = hooks.due(self.store, now)[:CALLS_AT_ONCE]
        work += [partial(hooks.call, self.store, self.settings, self.secrets, one, now) for one in calls]
        list(self._pool.map(lambda do: do(), work))
        return bool(due)

    def _due(self, now: int) -> list[str]:
        return [name for name in self.sender.due(now) if name in self.posts]

    def busy(self) -> bool:
        """Whether anything waits to be sent or called."""
        ((calls,),) = self.store.rows("SELECT count(*) FROM calls WHERE state IN ('waiting','calling')")
        return bool(calls or self.sender.waiting()[0])

    def beat(self) -> None:
        """Report that the relay lives, once a minute, and forget what is old, once an hour."""
        now = self.now()
        if self.heart.due(now):
            sent = self.heart.beat(now, delivering=self.sender.delivering(now))
            self.store.count("heartbeats" if sent else "heartbeats_failed")
        if now // FORGET_EVERY_MS != self._forgot:
            self._forgot = now // FORGET_EVERY_MS
            self.store.forget(now)

    def _look(self, notice: Notice) -> Seen:
        flow = self.finder.flows.get(notice.flow)
        condition = flow.condition(notice.alarm) if flow else None
        if flow is None or condition is None:
            return UNSEEN
        seen = Logs(self.settings, self._provider, self.now).seen(flow, condition, notice)
        self.store.count("log_lookups" if seen.span else "log_lookups_failed")
        return seen

    def health(self) -> dict[str, Any]:
        """What /healthz tells: numbers, no names."""
        waiting, oldest = self.sender.waiting()
        now = self.now() if waiting else 0
        due = self.store.unjudged() + (len(self._due(now)) if waiting else 0)
        return {
            "relay": "flowvigil",
            "delivering": not waiting or self.sender.delivering(now),
            "waiting": waiting,
            "oldest_s": max(0, now - oldest) // 1000 if waiting else 0,
            "settings": self.settings.hash,
            "due": due,
            "reported": self.heart.reported,
            "pid": os.getpid(),
        }

    def close(self) -> None:
        """Let what is under way end, then close the state."""
        self._pool.shutdown()
        self._let_go()
        self.store.close()

    def _let_go(self) -> None:
        """Close connections that settings of before have opened."""
        for post in self.posts.values():
            post.close()
        for heart in self._hearts:
            heart.close()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
