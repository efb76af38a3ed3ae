"""Turns views into HTML: templates with escaping always on, words in the reader's language, times of China.

Knows templates and how numbers and times are written; knows nothing of what is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from flowvigil.emulator.page.charts import said, shortened
from flowvigil.emulator.page.wording import LANGUAGES, worded

CHINA = timezone(timedelta(hours=8))
STATE_WORDS = {"Critical": "critical", "Warn": "warning", "Info": "info", "INSUFFICIENT_DATA": "no_data", "OK": "ok"}
STATE_CLASSES = {"Critical": "critical", "Warn": "warn", "Info": "info", "INSUFFICIENT_DATA": "nodata", "OK": "ok"}


@cache
def environment() -> Environment:
    """The templates, compiled once in a process; undefined names are errors, every value is escaped."""
    made = Environment(
        loader=PackageLoader("flowvigil.emulator.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"number": shortened, "clock": clock, "moment": moment, "ms": milliseconds, "percent": percent,
                     "state_class": lambda state: STATE_CLASSES.get(state, "unknown")}  # fmt: skip
    return made


def words(language: str) -> Callable[..., str]:
    """The function that templates call `t`: a key of the word list, with what goes into its gaps."""
    return lambda key, **gaps: worded(key, language, **gaps)


def state_word(state: str, language: str) -> str:
    return worded(STATE_WORDS.get(state, "unwatched"), language)


def preferred(accept: str) -> str:
    """zh or en by the order of an Accept-Language header (weights are followed)."""
    found = []
    for part in accept.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            found.append((float(weight or 1), tag[:2].lower()))
        except ValueError:
            continue
    ranked = sorted((one for one in found if one[1] in LANGUAGES), key=lambda one: -one[0])
    return ranked[0][1] if ranked else "en"


def clock(time_ms: int) -> str:
    """Hours and minutes."""
    return f"{datetime.fromtimestamp(time_ms / 1000, CHINA):%H:%M}"


def moment(time_ms: int) -> str:
    """Day and time to the second."""
    return f"{datetime.fromtimestamp(time_ms / 1000, CHINA):%Y-%m-%d %H:%M:%S}"


def milliseconds(value: float | None) -> str:
    """A duration as people say it."""
    return "–" if value is None else said(value, "ms")


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}%"


def page_context(language: str, **more: Any) -> dict[str, Any]:
    """What every template gets."""
    return {"t": words(language), "state_word": lambda state: state_word(state, language), "language": language, **more}
