"""One sentence of a review in both languages, and which of its words are other people's.

Whatever comes out of a repository is kept apart from our own words until it is shown, so that it can be shown as
what it is: a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from string import Formatter

from flowvigil.provisioner.spec.clear_text import masked

_SHOWN_AS_CODE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff\U0001d173-\U0001d17a]"
)
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Said:
    """`en` and `zh` are ours, with `{holes}`; `given` are quotations by hole."""

    en: str
    zh: str
    given: tuple[tuple[str, str], ...] = ()

    def shown(self, lang: str, quote: Callable[[str], str], plain: Callable[[str], str] = str) -> str:
        """The sentence, our words through `plain` and quotations through `quote`."""
        given = dict(self.given)
        parts = Formatter().parse(self.zh if lang == "zh" else self.en)
        return "".join(plain(text) + (quote(given[hole]) if hole else "") for text, hole, _, _ in parts)

    def text(self, lang: str) -> str:
        """The sentence as plain text, harmless on a terminal and in JSON."""
        return self.shown(lang, visible)


def said(en: str, zh: str, **given: object) -> Said:
    """A sentence with quotations."""
    return Said(en, zh, tuple((hole, str(value)) for hole, value in given.items()))


def visible(text: str) -> str:
    """A quotation on one line, without secrets and characters that hide, reorder or command; a long one is cut."""
    text = masked(text)
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return _SHOWN_AS_CODE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", cut)


def markdown(text: str) -> str:
    """A quotation as a code span: nothing in it is a link, a mention, an image or HTML to any Markdown reader.

    A backtick cannot be escaped in a code span, and a bar would end a table's cell, so lookalikes stand for both.
    """
    shown = visible(text).replace("`", "ˋ").replace("|", "¦").strip()
    return f"`{shown}`" if shown else "`-`"
