"""What a LangChain run spends beside its duration: tokens, time to the first token, time in models, retrievers, tools.

Counts and times only; of a model's answer nothing but its token counts is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from ..reporter.contract import INPUT_TOKENS, OUTPUT_TOKENS
from ..reporter.measures import summed
from ..reporter.runs import Run


@dataclass(frozen=True, slots=True)
class Measures:
    """The sums of one run of `flow`. Tokens are None when no provider gave any.

    `first_token_ms` is counted from the start of the run, and None unless a model streamed. A component's time is
    without that of components inside it. Times of components that run side by side add up, so they may exceed the
    run's duration.
    """

    flow: str
    input_tokens: float | None = None
    output_tokens: float | None = None
    first_token_ms: float | None = None
    model_ms: float = 0.0
    retriever_ms: float = 0.0
    tool_ms: float = 0.0


class Component:
    """A model, retriever or tool at work. `kind` is the measure that its time belongs to, `within` the one around it.

    `inside_ms` are the times of those directly inside it.
    """

    __slots__ = ("inside_ms", "kind", "since", "streamed", "within")

    def __init__(self, kind: str, within: Component | None) -> None:
        self.kind, self.within, self.streamed = kind, within, False
        self.inside_ms: list[float] = []
        self.since = perf_counter()

    def token(self, run: Run) -> None:
        """A token has come; the first tells how long the run made its reader wait."""
        if not self.streamed:
            self.streamed = True
            run.measure(first_token_ms=(perf_counter() - (run.start or self.since)) * 1e3)

    def done(self, run: Run) -> None:
        """Its time counts without that of the components inside it."""
        took_ms = (perf_counter() - self.since) * 1e3
        if self.within is not None:
            self.within.inside_ms.append(took_ms)
        run.measure(**{self.kind: max(0.0, took_ms - sum(self.inside_ms))})


def measures(run: Run) -> Measures:
    """What a run has been told so far."""
    told = run.told()
    return Measures(run.name, **summed(told.measures if told else ()))


def answered(run: Run, result: LLMResult) -> None:
    """A model gave its answers, and perhaps said what they cost."""
    for generations in result.generations:
        message = generations[0].message if generations and isinstance(generations[0], ChatGeneration) else None
        usage: object = message.usage_metadata if isinstance(message, AIMessage) else None
        if isinstance(usage, dict):  # nobody checks what a provider assigns
            run.measure(**{name: usage[name] for name in (INPUT_TOKENS, OUTPUT_TOKENS) if name in usage})
