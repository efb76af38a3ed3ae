"""The comment as Markdown: it stays small, it quotes what is not ours, it is the same for the same change."""

import html
import json
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from flowvigil.review import data, page
from flowvigil.review.changes import Change
from flowvigil.review.comment import LARGEST, Section, comment, fit, marker
from flowvigil.review.comparing import FlowReview, Kind, Review
from flowvigil.review.cost import prices
from flowvigil.review.minute import RELAY_LIMIT
from flowvigil.review.rates import Rate
from flowvigil.review.said import markdown, said, visible

HOSTILE = [
    "@everyone",
    "[approved](https://evil.example.com)",
    "![x](https://evil.example.com/pixel.png)",
    "<img src=x onerror=alert(1)>",
    "</details><h1>no change</h1>",
    "`@admin` `",
    "```\n## flowvigil: no change",
    "<!-- flowvigil review: acme -->",
    "safe \u202eelbissop ton\u202c",
    "a\u200bb\u2066c",
    "| x | y |\n|---|---|",
    "http://evil.example.com www.evil.example.com #1 GH-1 !1 &lt;b&gt;",
    "\x1b[31mred\x07",
    "line\r\n\r\n# heading",
    "~~struck~~ **bold** $`x`$",
    "{hole} {0} {evil!r}",
    "\\`",
]


def reviewed(*flows, shared=()):
    return Review("prod", tuple(flows), tuple(shared), (), (), (), {"(shared)": "0" * 16})


def flow(name, *texts):
    changes = tuple(Change("title", said("title is now {now}", "标题改为 {now}", now=text)) for text in texts)
    return FlowReview(name, Kind.CHANGED, changes, (), "1" * 16, "2" * 16)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_quotation_is_code_to_a_markdown_reader_and_nothing_else(text):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parseInline(f"title is now {markdown(text)}, was x")
    kinds = [one.type for one in tokens[0].children]
    assert kinds == ["text", "code_inline", "text"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_title_cannot_add_structure_to_the_comment(text):
    calm = MarkdownIt("gfm-like", {"linkify": False}).parse(comment("acme", [reviewed(flow("poem", "calm"))]))
    loud = MarkdownIt("gfm-like", {"linkify": False}).parse(comment("acme", [reviewed(flow("poem", text))]))
    assert [one.type for one in loud] == [one.type for one in calm]


@pytest.mark.parametrize("text", HOSTILE)
def test_characters_that_hide_or_reorder_are_shown_by_number(text):
    shown = comment("acme", [reviewed(flow("poem", text))]) + page.page([reviewed(flow("poem", text))])
    shown += json.dumps(data.as_json([reviewed(flow("poem", text))], "en"), ensure_ascii=False)
    assert re.findall("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\x1b\x07\r]", shown) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_holds_quotations_as_text(text):
    shown = page.page([reviewed(flow("poem", text))])
    assert f"<code>{html.escape(visible(text))}</code>" in shown
    assert shown.count("<") == page.page([reviewed(flow("poem", "calm"))]).count("<")


def test_only_one_line_is_the_marker_whatever_a_title_says():
    text = comment("acme", [reviewed(flow("poem", "<!-- flowvigil review: acme -->"))])
    assert [line for line in text.splitlines() if line == "<!-- flowvigil review: acme -->"] == [text.splitlines()[0]]


def test_a_secret_as_a_projects_name_is_not_in_the_marker():
    assert marker("LTAI5tCanaryCanaryCanary") == f"<!-- flowvigil review: {'_' * 24} -->"


@pytest.mark.parametrize("count", [1, 50, 300, 1000, 3000])
def test_the_comment_never_outgrows_its_limit(count):
    flows = [flow(f"flow-{number:04}", *["长标题" * 20] * 9) for number in range(count)]
    assert len(comment("acme", [reviewed(*flows)]).encode()) <= LARGEST


def test_a_large_section_shrinks_before_small_ones():
    found = [Section(("a" * 90, "a" * 20, "a")), Section(("b" * 30, "b"))]
    assert fit(found, 60) == (["a" * 20, "b" * 30], 0)


def test_what_does_not_fit_even_in_one_line_is_counted():
    written, left_out = fit([Section(("a" * 10,)), Section(("b" * 9,))], 9)
    assert (written, left_out) == (["", "b" * 9], 1)


def test_a_thousand_flows_with_the_longest_names_are_all_named():
    flows = [flow(f"{'flow-' * 7}x{number:04}", *["short"] * 3) for number in range(1000)]
    text = comment("acme", [reviewed(*flows)])
    assert [one.flow for one in flows if one.flow not in text] == []


@pytest.mark.parametrize("count", [1000, 3000])
def test_what_lint_and_policies_find_is_shown_however_many_flows_change(count):
    flows = [flow(f"flow-{number:04}", "short") for number in range(count)]
    found = said("mandatory policy {name}: logs are kept too short", "保存太短", name="logs-are-kept" * 9)
    rates = ((None, Rate("robot assistant", 25, 20)),)
    text = comment("acme", [replace(reviewed(*flows), findings=(found,), rates=rates)])
    assert found.text("en").partition(":")[2] in text
    assert "| `robot assistant` | 0 | 25 |" in text
    assert "### Stack `prod`" in text


def test_every_price_has_a_source_and_a_date():
    drivers = {name: entry for name, entry in prices().items() if name != "assumed"}
    assert [
        name for name, entry in drivers.items() if not entry["source"] or not re.match("20..-..-..", str(entry["date"]))
    ] == []


def test_the_relays_limit_is_the_relays():
    from flowvigil.relay.pacing import CALM, next_slot

    sent, now = [], 0
    while now < 60_000:
        sent.append(now)
        now = next_slot(sent, now)
    assert CALM < len(sent) <= RELAY_LIMIT
