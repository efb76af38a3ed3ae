"""Asks many at once and waits so long and no longer: what has not answered by then is told, not waited for."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

AT_ONCE = 16


def within(
    seconds: float, asked: Mapping[K, Callable[[], T]], clock: Callable[[], float] = time.monotonic
) -> dict[K, T | Exception | None]:
    """What each call returned or raised; None for those that had not ended after so many seconds.

    Calls that take longer go on in threads that do not keep the process alive.
    """
    waiting: queue.SimpleQueue[tuple[K, Callable[[], T]]] = queue.SimpleQueue()
    ended: queue.SimpleQueue[tuple[K, T | Exception]] = queue.SimpleQueue()
    for pair in asked.items():
        waiting.put(pair)
    for _ in range(min(AT_ONCE, len(asked))):
        threading.Thread(target=_work, args=(waiting, ended), daemon=True).start()
    found: dict[K, T | Exception | None] = dict.fromkeys(asked)
    until = clock() + seconds
    for _ in asked:
        try:
            key, result = ended.get(timeout=max(0.0, until - clock()))
        except queue.Empty:
            break
        found[key] = result
    return found


def _work(
    waiting: queue.SimpleQueue[tuple[K, Callable[[], T]]], ended: queue.SimpleQueue[tuple[K, T | Exception]]
) -> None:
    while True:
        try:
            key, call = waiting.get_nowait()
        except queue.Empty:
            return
        ended.put((key, _result(call)))


def _result(call: Callable[[], T]) -> T | Exception:
    try:
        return call()
    except Exception as error:
        return error
