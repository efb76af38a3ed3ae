"""What happens inside a flow's span, added up from the spans inside it: time by component, tokens, the first token.

Spans end inner ones first; each is closed with its children and then given to its parent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..reporter.contract import FIRST_TOKEN_MS, INPUT_TOKENS, OUTPUT_TOKENS
from .conventions import FIRST_CHUNK_S, OPERATION, TIME_OF, TOKENS_IN, TOKENS_OUT


class Inside:
    """One span's share. `amounts` are measures by name, `spent_ms` is time in components, each counted once.

    `first_ns` is when the first token came, in nanoseconds since the epoch. Children may be added from any thread.
    """

    __slots__ = ("amounts", "children", "first_ns", "spent_ms")

    def __init__(self) -> None:
        self.children: list[Inside] = []
        self.amounts: dict[str, float] = {}
        self.spent_ms = 0.0
        self.first_ns = math.inf

    def close(self, said: Mapping[str, object], started_ns: int, ended_ns: int) -> bool:
        """The span has ended, with these attributes. Whether there is anything that its parent must know."""
        while self.children:
            child = self.children.pop()
            self.spent_ms += child.spent_ms
            self.first_ns = min(self.first_ns, child.first_ns)
            for name, amount in child.amounts.items():
                self._add(name, amount)
        kind = TIME_OF.get(str(said.get(OPERATION)))
        if kind is not None:
            self._component(kind, said, started_ns, (ended_ns - started_ns) / 1e6)
        return bool(self.amounts)

    def told(self, started_ns: int) -> tuple[tuple[str, float], ...]:
        """The measures of a run that started then."""
        first_ms = (self.first_ns - started_ns) / 1e6
        return (*self.amounts.items(), *([(FIRST_TOKEN_MS, first_ms)] if 0 <= first_ms < math.inf else []))

    def _component(self, kind: str, said: Mapping[str, object], started_ns: int, took_ms: float) -> None:
        self._add(kind, max(0.0, took_ms - self.spent_ms))
        self.spent_ms = took_ms
        for name, attribute in ((INPUT_TOKENS, TOKENS_IN), (OUTPUT_TOKENS, TOKENS_OUT)):
            amount = _number(said.get(attribute))
            if amount is not None:
                self._add(name, amount)
        waited_s = _number(said.get(FIRST_CHUNK_S))
        if waited_s is not None:
            self.first_ns = min(self.first_ns, started_ns + waited_s * 1e9)

    def _add(self, name: str, amount: float) -> None:
        self.amounts[name] = self.amounts.get(name, 0.0) + amount


def _number(value: object) -> float | None:
    """What may be an amount."""
    sound = type(value) in (int, float) and 0 <= value < 1e12  # type: ignore[operator]
    return float(value) if sound else None  # type: ignore[arg-type]
