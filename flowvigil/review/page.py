"""Reviews as one HTML page without scripts, for what does not fit into a comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from . import fates, sections
from .changes import Change, Effect
from .comparing import FlowReview, Review
from .cost import total
from .phrases import phrase
from .said import Said, visible

_STYLE = (
    "body{font:15px/1.5 system-ui;max-width:60em;margin:2em auto;padding:0 1em}code{background:#8882;padding:0 .3em}"
)


def page(reviews: Sequence[Review], lang: str = "en", notes: Sequence[Said] = ()) -> str:
    """The whole page."""
    body = [
        *_list(map(_sentence, notes, [lang] * len(notes))),
        *(part for one in reviews for part in _review(one, lang)),
    ]
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    head = f'<!doctype html><html lang="{lang}"><meta charset="utf-8">{policy}<title>flowvigil</title>'
    return f"{head}<style>{_STYLE}</style>\n" + "\n".join(body) + "\n</html>\n"


def quote(text: str) -> str:
    """A quotation as code, with nothing in it that is markup."""
    return f"<code>{escape(visible(text))}</code>"


def _sentence(one: Said, lang: str) -> str:
    return one.shown(lang, quote, escape)


def _list(items: Iterable[str]) -> Iterator[str]:
    found = [f"<li>{item}</li>" for item in items]
    if found:
        yield "<ul>" + "".join(found) + "</ul>"


def _review(review: Review, lang: str) -> Iterator[str]:
    yield f"<h1>{phrase('stack', lang)} {quote(review.stack)}</h1><p>{escape(sections.summary(review, lang))}</p>"
    yield from _list(_sentence(one, lang) for one in review.findings)
    for flow in review.flows:
        yield from _flow(flow, lang)
    yield f"<h2>{phrase('shared', lang)}</h2>"
    yield from _list(_change(one, lang) for one in review.shared)
    yield from _list(_resource(one, lang) for one in review.resources)
    was_cny, now_cny = (total(side) for side in zip(*review.costs, strict=True)) if review.costs else (0, 0)
    yield f"<p>{phrase('cost', lang)}: {was_cny:.2f} → {now_cny:.2f} CNY</p>"
    yield from _list(
        f"{quote((now or was).target)} {was.messages if was else 0} → {now.messages if now else 0}"  # type: ignore[union-attr]
        for was, now in review.rates
    )


def _flow(flow: FlowReview, lang: str) -> Iterator[str]:
    hashes = f"{quote(flow.was or '-')} → {quote(flow.now or '-')}"
    yield f"<h2>{quote(flow.flow)} {phrase(flow.kind.value, lang)}</h2><p>{hashes}</p>"
    hint = [_sentence(flow.hint, lang)] if flow.hint else []
    yield from _list([*hint, *(_change(one, lang) for one in flow.changes)])
    yield from _list(_resource(one, lang) for one in flow.resources)


def _resource(one: fates.Change, lang: str) -> str:
    text = (
        f"{phrase(one.fate.value, lang, count='').strip()} {one.kind} {quote(one.key)} {escape(', '.join(one.fields))}"
    )
    if one.harm:
        return f"{text} — {phrase('harmful', lang)}: {_sentence(one.harm, lang)}"
    return f"{text} ({phrase('harmless', lang)})" if one.fate is fates.Fate.REPLACED else text


def _change(one: Change, lang: str) -> str:
    mark = "" if one.effect is Effect.CLOUD else f" <em>({phrase(one.effect.value, lang)})</em>"
    return _sentence(one.said, lang) + mark
