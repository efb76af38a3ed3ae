"""What a LangChain run spends beside its duration: tokens, time to the first token, time in models, retrievers, tools.

Counts and times only; of a model's answer nothing but its token counts is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

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


def measures(run: Run) -> Measures:
    """What a run has been told so far."""
    return Measures(run.name, **summed(run.details.measures if run.details else ()))


def answered(run: Run, result: LLMResult) -> None:
    """A model gave its answers, and perhaps said what they cost."""
    for generations in result.generations:
        message = generations[0].message if generations and isinstance(generations[0], ChatGeneration) else None
        if isinstance(message, AIMessage) and (usage := message.usage_metadata):
            run.measure(input_tokens=usage["input_tokens"], output_tokens=usage["output_tokens"])
