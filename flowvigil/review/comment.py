"""Reviews as one comment in Markdown that never outgrows what the platforms take.

Every section can be written in full, short, or in one line. The largest ones shrink first, until the whole fits;
what is left out is counted. No time, no commit: the same change gives the same bytes.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

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
    """A part of the comment; `forms` get shorter and shorter, the last may be empty."""

    forms: tuple[str, ...]


def marker(project: str) -> str:
    """The hidden line by which the comment of a project is found again."""
    return f"<!-- flowvigil review: {re.sub('[^A-Za-z0-9_.]', '_', project)[:60]} -->"


def comment(project: str, reviews: Sequence[Review], lang: str = "en", notes: Sequence[Said] = ()) -> str:
    """The whole comment."""
    start = f"{marker(project)}\n{sections.headline(reviews, lang)}\n"
    noted = [_listed("", notes, lang)] if notes else []
    found = [Section(forms) for forms in [*noted, *_sections(reviews, lang)]]
    room = LARGEST - _ROOM - len(start.encode())
    kept, left_out = fit(found, room)
    tail = f"\n{phrase('left-out', lang, count=left_out)}\n" if left_out else ""
    return start + "".join(kept) + tail


def fit(found: Sequence[Section], room: int) -> tuple[list[str], int]:
    """The longest forms of the sections that fit in `room` bytes together, and how many had to be left out."""
    at = [0] * len(found)
    sizes = [len(one.forms[0].encode()) for one in found]
    total = sum(sizes)
    queue = [(-size, place) for place, size in enumerate(sizes)]
    heapq.heapify(queue)
    while total > room and queue:
        _, place = heapq.heappop(queue)
        forms = found[place].forms
        at[place] += 1
        size = len(forms[at[place]].encode()) if at[place] < len(forms) else 0
        total += size - sizes[place]
        sizes[place] = size
        if size:
            heapq.heappush(queue, (-size, place))
    written = [one.forms[form] if form < len(one.forms) else "" for one, form in zip(found, at, strict=True)]
    return written, sum(not text for text in written)


def _sections(reviews: Sequence[Review], lang: str) -> Iterator[tuple[str, ...]]:
    for review in reviews:
        yield (f"\n### {phrase('stack', lang)} {sections.quote(review.stack)}\n\n{sections.summary(review, lang)}\n",)
        if review.findings:
            yield _listed("findings", review.findings, lang)
        for flow in review.flows:
            yield sections.flow(flow, lang)
        parts: tuple[Callable[[Review, str], str], ...] = (sections.shared, sections.messages, sections.costs)
        for part in parts:
            text = part(review, lang)
            if text:
                yield (text,)
        if review.flows or review.shared:
            yield sections.slices(review, lang)


def _listed(name: str, found: Sequence[Said], lang: str) -> tuple[str, ...]:
    lines = [sections.bullet(one, lang) for one in found]
    head = f"\n**{phrase(name, lang)}**\n\n" if name else ""
    more = [f"- {phrase('more', lang, count=len(lines) - 20)}"] if len(lines) > 20 else []
    return (head + "\n".join(lines) + "\n", head + "\n".join([*lines[:20], *more]) + "\n")
