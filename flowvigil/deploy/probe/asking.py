"""Runs inquiries one after another and takes away what they made, whatever ends them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from ..cloud import CloudError
from .bench import Bench, Failed
from .cleaning import Leftover, clean, leftovers
from .inquiry import Fact, Inquiry

ORDER = ("alarm rule", "rule template", "application group", "contact group", "contact", "series")


@dataclass
class Report:
    """What came out. `failed` are questions that could not be asked; `stuck` is what could not be removed."""

    facts: list[Fact] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    stuck: list[Leftover] = field(default_factory=list)


def probe(bench: Bench, inquiries: Sequence[Inquiry], note: Callable[[str], None]) -> Report:
    """Ask everything, then clean up. Raises KeyboardInterrupt after the cleaning if it was interrupted."""
    report = Report()
    with _terminable():
        try:
            for one in inquiries:
                note(f"{one.family}: {one.asks}")
                _ask(bench, one, report)
        finally:
            with _deaf(note):
                report.stuck = clean(bench.cloud, _made(bench), note)
    return report


def _ask(bench: Bench, one: Inquiry, report: Report) -> None:
    known: set[str] = set()
    try:
        for fact in one.body(bench):
            known.add(fact.name)
            report.facts.append(fact)
    except (Failed, CloudError) as error:
        report.failed.append(f"{one.asks}: {error}")
        report.facts += [Fact(name, None, f"could not be asked: {error}") for name in one.answers if name not in known]


def _made(bench: Bench) -> list[Leftover]:
    """What was noted and what a listing of this probe's names finds: either may miss what the other has."""
    try:
        listed = leftovers(bench.cloud, bench.namespace, bench.prefix)
    except CloudError:
        listed = []
    found = {(one.action, str(one.params)): one for one in [*listed, *bench.made]}
    return sorted(found.values(), key=lambda one: ORDER.index(one.kind))


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM interrupts like Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _deaf(note: Callable[[str], None]) -> Iterator[None]:
    """Let neither signal end the cleaning."""

    def told(_number: int, _frame: FrameType | None) -> None:
        note("taking away what the probe made; a moment")

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
