"""Which spans of flows are outermost, although spans arrive when they end: inner ones first, in any request.

A flow is a run as soon as the way up to its root holds no other flow. While a span of that way has not arrived, the
flow waits, `patience_s` at most; then it counts as outermost. What arrives twice, because an exporter tried again,
counts once, for `insides` too. Keeps the last spans in memory, up to a fixed number. Does not know what a run is
reported as.
"""

from __future__ import annotations

from collections import OrderedDict

from ..integrations.conventions import is_flow
from .insides import Insides
from .spans import Seen

Key = tuple[bytes, bytes]
PATIENCE_S = 30.0
MOST_SPANS = 200_000
MOST_WAITING = 10_000
DEPTH = 256
"""A way up that is longer, or a circle, is never decided but by patience."""


class Outermost:
    """Spans go in, outermost flows come out, each once. Times are seconds of any steady clock."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self.patience_s = patience_s
        self.insides = Insides()
        self._ways: OrderedDict[Key, tuple[bytes, bool]] = OrderedDict()
        self._waiting: OrderedDict[Key, tuple[Seen, float]] = OrderedDict()
        self._traces: dict[bytes, set[bytes]] = {}

    def take(self, spans: list[Seen], now: float) -> list[Seen]:
        """The flows that these spans decide, those that waited for them too."""
        touched = dict.fromkeys(span.trace for span in spans)
        for span in spans:
            self._learn(span, now)
        decided: list[Seen] = []
        for trace in touched:
            for identity in sorted(self._traces.get(trace, ())):
                inside = self._inside((trace, identity))
                if inside is not None:
                    flow = self._forget((trace, identity))
                    decided += [] if inside else [flow]
        while len(self._waiting) > MOST_WAITING:
            decided.append(self._forget(next(iter(self._waiting))))
        return decided

    def late(self, now: float) -> list[Seen]:
        """The flows that have waited long enough."""
        over = [key for key, (_, since) in self._waiting.items() if now - since >= self.patience_s]
        return [self._forget(key) for key in over]

    def rest(self) -> list[Seen]:
        """The flows that still wait, when nothing more will come."""
        return [self._forget(key) for key in list(self._waiting)]

    def _learn(self, span: Seen, now: float) -> None:
        key = (span.trace, span.span)
        if key in self._ways:
            return
        flow = is_flow(span.name, span.said)
        self.insides.learn(span, flow=flow)
        self._ways[key] = (span.parent, flow)
        if len(self._ways) > MOST_SPANS:
            self._ways.popitem(last=False)
        if flow:
            self._waiting[key] = (span, now)
            self._traces.setdefault(span.trace, set()).add(span.span)

    def _inside(self, key: Key) -> bool | None:
        """Whether a flow is inside another; None while that is unknown."""
        trace, identity = key
        way = self._ways.get((trace, identity))
        for _ in range(DEPTH):
            if way is None:
                return None
            parent, _flow = way
            if not parent:
                return False
            if parent == identity:
                return None
            way = self._ways.get((trace, parent))
            if way is not None and way[1]:
                return True
        return None

    def _forget(self, key: Key) -> Seen:
        flow, _ = self._waiting.pop(key)
        trace = self._traces[key[0]]
        trace.discard(key[1])
        if not trace:
            del self._traces[key[0]]
        return flow
