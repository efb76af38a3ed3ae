"""The sections of a review's comment in Markdown, each from full to one line. Quotations only through `quote`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowvigil.provisioner.approval import SHARED

from . import fates
from .changes import Change, Effect
from .comparing import FlowReview, Kind, Review
from .cost import Driver, total
from .phrases import phrase
from .rates import Rate
from .said import Said, markdown

quote = markdown
_SHORT = 6
"""Changes shown of a flow in its short form."""


def headline(reviews: Sequence[Review], lang: str) -> str:
    """The comment's first visible line."""
    empty = all(one.empty for one in reviews)
    counts = ", ".join(_flow_counts([flow for one in reviews for flow in one.flows], lang))
    return f"## flowvigil: {phrase('nothing', lang) if empty else counts or phrase('shared', lang)}\n"


def _flow_counts(flows: Sequence[FlowReview], lang: str) -> Iterator[str]:
    for kind in Kind:
        names = {one.flow for one in flows if one.kind is kind}
        if names:
            yield phrase("flows", lang, count=len(names), kind=phrase(kind.value, lang))


def summary(review: Review, lang: str) -> str:
    """What happens to the stack in one line."""
    if review.empty:
        return phrase("nothing", lang)
    counts = [phrase(fate.value, lang, count=review.count(fate)) for fate in fates.Fate if review.count(fate)]
    return ", ".join([*_flow_counts(review.flows, lang), *counts])


def bullet(one: Said, lang: str) -> str:
    """A sentence as an item of a list."""
    return f"- {one.shown(lang, quote)}"


def flow(one: FlowReview, lang: str) -> tuple[str, ...]:
    """One flow: its changes and resources; its first changes; one line; its name."""
    hashes = f"`{one.was or '-'}` → `{one.now or '-'}`"
    head = f"\n#### {quote(one.flow)} {phrase(one.kind.value, lang)} · {hashes}\n\n"
    lines = [_change(change, lang) for change in one.changes]
    if one.hint:
        lines.insert(0, bullet(one.hint, lang))
    if one.kind is Kind.REMOVED:
        lines.append(f"- {phrase('gone', lang)}")
    folded = _folded(_counted(one.resources, lang), [_resource(it, lang) for it in one.resources])
    short = lines[:_SHORT] + ([f"- {phrase('more', lang, count=len(lines) - _SHORT)}"] if len(lines) > _SHORT else [])
    told = phrase("more-changes", lang, count=len(one.changes), objects=len(one.resources))
    line = f"- {quote(one.flow)} {phrase(one.kind.value, lang)}: {told}, {hashes}\n"
    return (head + _block(lines) + folded, head + _block(short), line, f"- {quote(one.flow)}\n")


def _block(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n" if lines else ""


def _change(one: Change, lang: str) -> str:
    mark = "" if one.effect is Effect.CLOUD else f" *({phrase(one.effect.value, lang)})*"
    return bullet(one.said, lang) + mark


def _counted(found: Sequence[fates.Change], lang: str) -> str:
    counts = [(fate, sum(one.fate is fate for one in found)) for fate in fates.Fate]
    return f"{phrase('resources', lang)}: " + ", ".join(
        phrase(fate.value, lang, count=count) for fate, count in counts if count
    )


def _resource(one: fates.Change, lang: str) -> str:
    text = f"- {phrase(one.fate.value, lang, count='').strip()} {one.kind} {quote(one.key)}"
    if one.fields:
        text += f": {', '.join(one.fields)}"
    if one.harm:
        return f"{text} — **{phrase('harmful', lang)}**: {one.harm.shown(lang, quote)}"
    return f"{text} ({phrase('harmless', lang)})" if one.fate is fates.Fate.REPLACED else text


def _folded(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return f"\n<details><summary>{title}</summary>\n\n" + "\n".join(lines) + "\n\n</details>\n"


def shared(review: Review, lang: str) -> tuple[str, ...]:
    """What belongs to no flow: stack, contact groups, their objects; without the objects; its first changes."""
    if not review.shared and not review.resources:
        return ()
    head = f"\n#### {phrase('shared', lang)}\n\n"
    lines = [_change(one, lang) for one in review.shared]
    resources = [_resource(one, lang) for one in review.resources[:200]]
    if len(review.resources) > len(resources):
        resources.append(f"- {phrase('more', lang, count=len(review.resources) - len(resources))}")
    counted = _counted(review.resources, lang)
    short = lines[:20] + ([f"- {phrase('more', lang, count=len(lines) - 20)}"] if len(lines) > 20 else [])
    forms = (head + _block(lines) + _folded(counted, resources), head + _block(lines), head + _block(short))
    return forms if lines else (forms[0], f"{head}{counted}\n")


def messages(review: Review, lang: str) -> tuple[str, ...]:
    """The table of worst minutes; only targets whose worst minute changes or is too much."""
    rows = [_rate(was, now, lang) for was, now in review.rates if was != now or (now and now.exceeded)]
    if not rows:
        return ()
    head = f"\n**{phrase('messages', lang)}**\n\n"
    names = " | ".join(phrase(name, lang) for name in ("target", "before", "after", "limit"))
    return (head + f"| {names} |\n|---|---:|---:|---|\n" + "\n".join(rows[:60]) + "\n",)


def _rate(was: Rate | None, now: Rate | None, lang: str) -> str:
    one = now or was
    assert one is not None
    limit = "" if one.limit is None else str(one.limit)
    warned = f" **{phrase('over', lang)}**" if now and now.exceeded else ""
    return f"| {quote(one.target)} | {was.messages if was else 0} | {now.messages if now else 0} | {limit}{warned} |"


def costs(review: Review, lang: str) -> tuple[str, ...]:
    """The table of what a month costs; nothing if no driver changes."""
    if all(was.amount == now.amount for was, now in review.costs):
        return ()
    head = f"\n**{phrase('cost', lang)}**\n\n|  | {phrase('before', lang)} | {phrase('after', lang)} | CNY |\n"
    rows = [_cost(was, now, lang) for was, now in review.costs if was.amount or now.amount]
    sums = [total(side) for side in zip(*review.costs, strict=True)]
    rows.append(f"| {phrase('total', lang)} |  |  | {sums[0]:.2f} → {sums[1]:.2f} |")
    return (head + "|---|---:|---:|---|\n" + "\n".join(rows) + "\n",)


def _cost(was: Driver, now: Driver, lang: str) -> str:
    dated = phrase("dated" if now.checked else "unchecked", lang, date=now.date)
    if was.cny is None or now.cny is None:
        price = phrase("unpriced", lang)
    else:
        price = f"{was.cny:.2f} → {now.cny:.2f} ({dated})"
    return f"| {now.counted(lang)} | {was.amount:,.10g} | {now.amount:,.10g} | {price} |"


def slices(review: Review, lang: str) -> tuple[str, ...]:
    """The lines that the lock gets, and the command that writes them."""
    changed = {one.flow for one in review.flows if one.now} | {SHARED}
    lines = [f"{value}  {name}" for name, value in review.slices.items() if name in changed]
    command = f"{phrase('approve', lang)}: `flowvigil review --approve -s {review.stack}`"
    text = "\n".join(["", "```text", *lines, "```"])
    title = f"{phrase('slices', lang)} ({len(lines)})"
    return (f"\n<details><summary>{title}</summary>\n{text}\n\n{command}\n\n</details>\n", f"\n{title}; {command}\n")
