"""What a LangChain run spends beside its duration: tokens, time to the first token, time in models, retrievers, tools.

Counts and times only; of a model's answer nothing but its token counts is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

MODEL, RETRIEVER, TOOL = "model", "retriever", "tool"


@dataclass(frozen=True, slots=True)
class Measures:
    """The sums of one run of `flow`. Tokens are None when no provider gave any.

    `first_token_ms` is counted from the start of the run, and None unless a model streamed. Times of components that
    run side by side add up, so they may exceed the run's duration.
    """

    flow: str
    input_tokens: int | None
    output_tokens: int | None
    first_token_ms: float | None
    model_ms: float
    retriever_ms: float
    tool_ms: float


class Tally:
    """Collects the measures of one open run, from any thread: it only appends."""

    __slots__ = ("_flow", "_spent", "_start", "_tokens", "first_token")

    def __init__(self, flow: str) -> None:
        self._flow, self._start = flow, perf_counter()
        self.first_token: float | None = None
        self._spent: list[tuple[str, float]] = []
        self._tokens: list[tuple[int, int]] = []

    def spend(self, kind: str, since: float) -> None:
        """A component of this kind, started at `since` (perf_counter), is done."""
        self._spent.append((kind, (perf_counter() - since) * 1e3))

    def answered(self, result: LLMResult) -> None:
        """A model gave its answer, and perhaps what it cost."""
        for generations in result.generations:
            message = generations[0].message if generations and isinstance(generations[0], ChatGeneration) else None
            if isinstance(message, AIMessage) and (usage := message.usage_metadata):
                self._tokens.append((usage["input_tokens"], usage["output_tokens"]))

    def sums(self) -> Measures:
        """The measures so far."""
        model, retriever, tool = (
            sum(ms for one, ms in self._spent if one == kind) for kind in (MODEL, RETRIEVER, TOOL)
        )
        first = None if self.first_token is None else (self.first_token - self._start) * 1e3
        given = [sum(counts) for counts in zip(*self._tokens, strict=True)] or [None, None]
        return Measures(self._flow, given[0], given[1], first, model, retriever, tool)
