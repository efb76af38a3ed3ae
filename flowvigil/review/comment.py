"""Reviews as one comment in Markdown that never outgrows what the platforms take.

Every section can be written in full, short, or in one line. The largest ones shrink first, until the whole fits;
what is left out is counted. What is wrong with a change must not drown in its size, so findings, contacts, the worst
minute and cost shrink only when the flows have. No time, no commit: the same change gives the same bytes.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flowvigil.provisioner.spec.clear_text import masked

from . import sections
from .comparing import Review
from .phrases import phrase
from .said import Said

LARGEST = 60_000
"""Bytes; GitHub takes 65,536 characters, Codeup 65,535."""

_ROOM = 1_500
"""Bytes kept for the line that counts what was left out."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the comment; `forms` get shorter and shorter. One that is `kept` shrinks after all others."""

    forms: tuple[str, ...]
    kept: bool = True


def marker(project: str) -> str:
    """The hidden line by which the comment of a project is found again."""
    return f"<!-- flowvigil review: {re.sub('[^A-Za-z0-9_.]', '_', masked(project))[:60]} -->"


def comment(project: str, reviews: Sequence[Review], lang: str = "en", notes: Sequence[Said] = ()) -> str:
    """The whole comment."""
    start = f"{marker(project)}\n{sections.headline(reviews, lang)}\n"
    noted = [_listed("", notes, lang)] if notes else []
    found = [*map(Section, noted), *_sections(reviews, lang)]
    room = LARGEST - _ROOM - len(start.encode())
    kept, left_out = fit(found, room)
    tail = f"\n{phrase('left-out', lang, count=left_out)}\n" if left_out else ""
    return start + "".join(kept) + tail


def fit(found: Sequence[Section], room: int) -> tuple[list[str], int]:
    """The longest forms of the sections that fit in `room` bytes together, and how many had to be left out."""
    at = [0] * len(found)
    sizes = [len(one.forms[0].encode()) for one in found]
    total = sum(sizes)
    queue = [(found[place].kept, -size, place) for place, size in enumerate(sizes)]
    heapq.heapify(queue)
    while total > room and queue:
        kept, _, place = heapq.heappop(queue)
        forms = found[place].forms
        at[place] += 1
        size = len(forms[at[place]].encode()) if at[place] < len(forms) else 0
        total += size - sizes[place]
        sizes[place] = size
        if size:
            heapq.heappush(queue, (kept, -size, place))
    written = [one.forms[form] if form < len(one.forms) else "" for one, form in zip(found, at, strict=True)]
    return written, sum(not text for text in written)


def _sections(reviews: Sequence[Review], lang: str) -> Iterator[Section]:
    for review in reviews:
        head = f"\n### {phrase('stack', lang)} {sections.quote(review.stack)}\n\n{sections.summary(review, lang)}\n"
        yield Section((head,))
        if review.findings:
            yield Section(_listed("findings", review.findings, lang))
        for flow in review.flows:
            yield Section(sections.flow(flow, lang), kept=False)
        parts: tuple[Callable[[Review, str], tuple[str, ...]], ...]
        parts = (sections.shared, sections.messages, sections.costs)
        yield from (Section(forms) for part in parts if (forms := part(review, lang)))
        if review.flows or review.shared:
            yield Section(sections.slices(review, lang), kept=False)


def _listed(name: str, found: Sequence[Said], lang: str) -> tuple[str, ...]:
    lines = [sections.bullet(one, lang) for one in found]
    head = f"\n**{phrase(name, lang)}**\n\n" if name else ""
    more = [f"- {phrase('more', lang, count=len(lines) - 20)}"] if len(lines) > 20 else []
    return (head + "\n".join(lines) + "\n", head + "\n".join([*lines[:20], *more]) + "\n")
