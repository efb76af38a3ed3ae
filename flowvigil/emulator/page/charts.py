"""Charts as SVG that stretches: shapes in per cent of a plot, words in pixels, so that a narrow screen stays readable.

Draws numbers over time or over categories; knows nothing of where they come from. Every text is escaped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

HEIGHT, TOP, BOTTOM = 220, 22, 24
WIDE = 1000
"""Width of the coordinates inside of the plot; it is stretched to whatever there is."""
PALETTE = 8
"""Colours that the style sheet has for series."""

WORD_WIDTH = 0.1
"""The part of a chart that a state's word takes, at most."""


@dataclass(frozen=True)
class Line:
    """Values at the places of the axis, None for a gap. A `limit` is drawn dashed, with its name."""

    name: str
    values: Sequence[float | None]
    limit: bool = False
    level: str = ""


@dataclass(frozen=True)
class Shade:
    """A stretch from one place of the axis to another, in parts of the whole, with a state and a word."""

    begin: float
    end: float
    level: str
    word: str


@dataclass(frozen=True)
class Axis:
    """`labels` name every place; `ticks` are the places that are written down."""

    labels: Sequence[str]
    ticks: Sequence[int]


def axis(labels: Sequence[str], most: int = 6) -> Axis:
    """An axis with at most so many labels written down, evenly apart."""
    step = max(math.ceil(len(labels) / most), 1)
    return Axis(labels, range(0, len(labels), step))


def chart(
    lines: Sequence[Line], along: Axis, unit: str, says: str, *, columns: bool = False, shades: Sequence[Shade] = ()
) -> Markup:
    """A figure of lines, or of stacked columns, over an axis; `says` is its name for those who cannot see it."""
    stack = _stacked(lines) if columns else [line.values for line in lines]
    top = _ceiling(max((value for values in stack for value in values if value is not None), default=0.0))
    plot = HEIGHT - TOP - BOTTOM
    drawn = Markup("").join(
        _columns(line, place, stack[place], top, plot) if columns else _drawn(line, place, top, plot)
        for place, line in enumerate(lines)
    )
    inner = Markup(
        '<svg y="{}" width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        "{}{}</svg>"
    ).format(TOP, plot, WIDE, plot, _shades(shades, plot), drawn)
    words = _scale(top, unit, plot) + _ticks(along) + _shade_words(shades) + _limit_words(lines, top, unit, plot)
    return Markup(
        '<div class="chart" tabindex="0" role="img" aria-label="{}" data-chart="{}">'
        '<svg class="plot" width="100%" height="{}">{}{}{}</svg></div>{}'
    ).format(says, _data(lines, along, unit), HEIGHT, _grid(plot), inner, words, _legend(lines))


def spark(values: Sequence[float | None], level: str = "") -> Markup:
    """A small line without words; what it shows must be said beside it."""
    top = max((value for value in values if value is not None), default=0.0) or 1.0
    points = _path([(place * 100 / max(len(values) - 1, 1), 22 - value * 20 / top) if value is not None else None
                    for place, value in enumerate(values)])  # fmt: skip
    return Markup(
        '<svg class="spark {}" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><path d="{}"/></svg>'
    ).format(level, points)


def pie(parts: Sequence[tuple[str, float]], says: str) -> Markup:
    """A ring of shares, with each share and its number in words beside it."""
    whole = sum(value for _, value in parts)
    around, drawn = 0.0, Markup("")
    for place, (_, value) in enumerate(parts if whole else ()):
        share = value * 100 / whole
        drawn += Markup(
            '<circle class="s{}" r="15.9155" cx="21" cy="21" pathLength="100" stroke-dasharray="{} {}" '
            'stroke-dashoffset="{}"/>'
        ).format(place % PALETTE, f"{max(share - 0.6, 0.3):.2f}", f"{100 - share + 0.6:.2f}", f"{25 - around:.2f}")
        around += share
    rows = Markup("").join(
        Markup('<tr><th scope="row"><i class="key s{}"></i>{}</th><td>{}</td><td>{}</td></tr>').format(
            place % PALETTE, name, shortened(value), f"{value * 100 / whole if whole else 0:.1f}%"
        )
        for place, (name, value) in enumerate(parts)
    )
    return Markup(
        '<div class="pie"><svg viewBox="0 0 42 42" role="img" aria-label="{}">{}</svg>'
        '<table class="shares"><tbody>{}</tbody></table></div>'
    ).format(says, drawn, rows)


def said(value: float | None, unit: str) -> str:
    """A number with its unit; milliseconds become seconds where people would say so."""
    if unit != "ms" or value is None:
        return shortened(value) + (f" {unit}" if unit else "")
    return f"{value / 1000:.3g} s" if value >= 1000 else f"{value:.3g} ms"


def shortened(value: float | None) -> str:
    """A number as people read it: four digits at most, thousands as k."""
    if value is None or not math.isfinite(value):
        return "–"
    for limit, word in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            return f"{value / (1e3 if word == 'k' else limit):.3g}{word}"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _ceiling(value: float) -> float:
    """The next round number above, so that grid lines are round too."""
    if not value > 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * 1.02 or step == 10)


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return " ".join(_dotted(parts))


def _dotted(parts: list[str]) -> list[str]:
    """A point between two gaps has no length; a short stroke makes it visible."""
    alone = [
        part.startswith("M") and (n + 1 == len(parts) or parts[n + 1].startswith("M")) for n, part in enumerate(parts)
    ]
    return [f"{part} h0.1" if single else part for part, single in zip(parts, alone, strict=True)]


def _across(place: int, count: int) -> float:
    return (place + 0.5) * WIDE / count


def _drawn(line: Line, place: int, top: float, plot: int) -> Markup:
    return _limit(line, top, plot) if line.limit else _line(line, place, top, plot)


def _line(line: Line, place: int, top: float, plot: int) -> Markup:
    count = len(line.values)
    points = [None if value is None else (_across(n, count), plot - value * plot / top)
              for n, value in enumerate(line.values)]  # fmt: skip
    return Markup('<path class="line s{}" d="{}"/>').format(place % PALETTE, _path(points))


def _limit(line: Line, top: float, plot: int) -> Markup:
    value = next((one for one in line.values if one is not None), None)
    if value is None:
        return Markup("")
    y = f"{plot - value * plot / top:.1f}"
    return Markup('<path class="limit {}" d="M0 {} H{}"/>').format(line.level, y, WIDE)


def _stacked(lines: Sequence[Line]) -> list[list[float]]:
    """Where each column ends: on top of those of the lines before."""
    sums = [0.0] * max((len(line.values) for line in lines), default=0)
    tops = []
    for line in lines:
        sums = [below + (value or 0.0) for below, value in zip(sums, line.values, strict=True)]
        tops.append(sums)
    return tops


def _columns(line: Line, nth: int, tops: Sequence[float | None], top: float, plot: int) -> Markup:
    width = WIDE / max(len(line.values), 1)
    return Markup("").join(
        Markup('<rect class="column s{}" x="{}" width="{}" y="{}" height="{}"/>').format(
            nth % PALETTE, f"{place * width + width * 0.1:.1f}", f"{width * 0.8:.1f}",
            f"{plot - (tops[place] or 0.0) * plot / top:.1f}", f"{value * plot / top:.1f}",
        )
        for place, value in enumerate(line.values)
        if value
    )  # fmt: skip


def _shades(shades: Sequence[Shade], plot: int) -> Markup:
    return Markup("").join(
        Markup('<rect class="shade {}" x="{}" width="{}" y="0" height="{}"/>').format(
            one.level, f"{one.begin * WIDE:.1f}", f"{max(one.end - one.begin, 0.002) * WIDE:.1f}", plot
        )
        for one in shades
    )


def _shade_words(shades: Sequence[Shade]) -> Markup:
    """A narrow stretch's word ends where the stretch does: the next one's word begins there."""
    return Markup("").join(
        Markup('<text class="shade-word {}" x="{}%" y="14"{}>{}</text>').format(
            one.level,
            f"{(one.end if narrow else min(one.begin, 0.8)) * 100:.1f}",
            Markup(' text-anchor="end"') if narrow else "",
            one.word,
        )
        for one in shades
        for narrow in [one.begin > WORD_WIDTH > one.end - one.begin]
    )


def _grid(plot: int) -> Markup:
    return Markup("").join(
        Markup('<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(f"{TOP + plot - part * plot:.1f}")
        for part in (0.0, 0.5, 1.0)
    )


def _scale(top: float, unit: str, plot: int) -> Markup:
    return Markup("").join(
        Markup('<text class="scale" x="2" y="{}">{}</text>').format(
            f"{TOP + plot - part * plot + 12:.1f}", said(top * part, unit)
        )
        for part in (0.5, 1.0)
    )


def _ticks(along: Axis) -> Markup:
    count = max(len(along.labels), 1)
    return Markup("").join(
        Markup('<text class="tick{}" x="{}%" y="{}">{}</text>').format(
            (" odd" if n % 2 else "") + ("" if n else " first"),
            f"{(place + 0.5) * 100 / count:.2f}",
            HEIGHT - 8,
            along.labels[place],
        )
        for n, place in enumerate(along.ticks)
    )


def _limit_words(lines: Sequence[Line], top: float, unit: str, plot: int) -> Markup:
    found = Markup("")
    for line in lines:
        value = next((one for one in line.values if one is not None), None)
        if line.limit and value is not None:
            y = f"{TOP + plot - value * plot / top - 4:.1f}"
            word = f"{line.name} {said(value, unit)}"
            found += Markup('<text class="limit-word {}" x="100%" y="{}">{}</text>').format(line.level, y, word)
    return found


def _legend(lines: Sequence[Line]) -> Markup:
    shown = [(place, line) for place, line in enumerate(lines) if not line.limit]
    if len(shown) < 2:
        return Markup("")
    items = Markup("").join(
        Markup('<li><i class="key s{}"></i>{}</li>').format(place % PALETTE, line.name) for place, line in shown
    )
    return Markup('<ul class="legend">{}</ul>').format(items)


def _data(lines: Sequence[Line], along: Axis, unit: str) -> Markup:
    """What the script needs to say a value under the pointer."""
    told = [{"name": line.name, "values": [said(value, unit) for value in line.values]} for line in lines]
    return escape(json.dumps({"labels": list(along.labels), "lines": told}, ensure_ascii=False))
