"""The search half of a query: which of two lines it finds, or why it is refused."""

import pytest

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.querying.search import All, Any, Anything, Compare, Exists, Not, Word, halves, search

from ..emulator.lines import TOKENS, get, group, index, make_store, put

NOW_S = 1_800_000_000
LINE = {"flow": "poem-generator", "status": "failed", "duration_ms": "5200", "n": "3",
        "text": "Timeout while calling 模型", "path": "/a/b", "exact": "a b", "Name": "Ann"}  # fmt: skip
KEYS = {
    "path": {"type": "text", "token": TOKENS},
    "exact": {"type": "text", "token": []},
    "Name": {"type": "text", "token": TOKENS, "caseSensitive": True},
    "missing": {"type": "text"},
    "chinese": {"type": "text", "token": TOKENS, "chn": True},
}


@pytest.fixture(scope="module")
def searched(shared_cloud):
    shared_cloud.door("reset", {})
    shared_cloud.world.now = lambda: NOW_S * 1000
    make_store(shared_cloud, index(**KEYS))
    put(shared_cloud, group((NOW_S, {**LINE, "chinese": "模型调用超时", "hidden": "secret"}), (NOW_S, {"flow": "zzz"})))
    yield shared_cloud
    shared_cloud.door("reset", {})


def found(cloud, query):
    return [line["flow"] for line in get(cloud, query, NOW_S, NOW_S + 1)["data"]]


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("", True),
        ("*", True),
        ("timeout", True),
        ("time", False),
        ("time*", True),
        ("ti?eout", True),
        ("t?", False),
        ("模型", True),
        ('"while calling"', True),
        ('"calling while"', True),
        ('#"while calling"', True),
        ('#"calling while"', False),
        ('text: #"Timeout while"', True),
        ('#"while call"', False),
        ("flow: poem-generator", True),
        ("FLOW: x or flow: POEM-Generator", None),
        ("flow: POEM-Generator", True),
        ("flow: poem", False),
        ("flow: poem*", True),
        ("flow: other", False),
        ("version: *", False),
        ("status: *", True),
        ("not version: *", True),
        ("status: failed and flow: poem-generator", True),
        ("status: failed flow: other", False),
        ("status: failed or flow: other", True),
        ("not status: failed", False),
        ("status: failed not flow: other", True),
        ("status: (failed or timed_out)", True),
        ("status: (not failed)", False),
        ("status: (a and failed)", False),
        ("flow: other and status: failed or n: 3", True),
        ("(status: succeeded or duration_ms > 5000) and timeout", True),
        ("duration_ms > 5200", False),
        ("duration_ms >= 5200", True),
        ("duration_ms: > 5000", True),
        ("duration_ms = 5200", True),
        ("duration_ms: 5200", True),
        ("duration_ms < 5200", False),
        ("duration_ms <= 5200", True),
        ("duration_ms in [5200 6000)", True),
        ("duration_ms in (5200 6000)", False),
        ("duration_ms: in (5000 5200]", True),
        ("duration_ms in [5000 5200)", False),
        ("open_runs > 1", False),
        ("path: b", True),
        ("path: a/b", True),
        ('exact: "a b"', True),
        ("exact: a", False),
        ("Name: Ann", True),
        ("Name: ann", False),
        ("chinese: 超时", True),
        ("text: 型", False),
        ("secret", True),
        ("__source__: host", True),
        ("__topic__: other", False),
        ("text: Timeout\\:", True),
    ],
)
def test_a_search(searched, query, matches):
    answer = get(searched, query, NOW_S, NOW_S + 1)
    if matches is None:
        assert answer["errorCode"] == "ParameterInvalid"
    else:
        assert ("poem-generator" in [line["flow"] for line in answer["data"]]) is matches


def test_a_field_without_an_index_is_named(searched):
    answer = get(searched, "hidden: secret", NOW_S, NOW_S + 1)
    assert (answer["errorCode"], "(hidden)" in answer["errorMessage"]) == ("ParameterInvalid", True)


def test_text_is_not_compared_with_numbers(searched):
    assert "type text" in get(searched, "flow > 1", NOW_S, NOW_S + 1)["errorMessage"]


def test_a_number_is_not_searched_for_words(searched):
    assert "'fast' is no number" in get(searched, "duration_ms: fast", NOW_S, NOW_S + 1)["errorMessage"]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("", Anything()),
        ("a: *", Exists("a")),
        ("a b or c", Any((All((Word(None, "a"), Word(None, "b"))), Word(None, "c")))),
        ("not a: b", Not(Word("a", "b"))),
        ("a: (b or > 1)", Any((Word("a", "b"), Compare("a", ">", 1.0)))),
        ('a: "or"', Word("a", "or")),
        ("__tag__:pod: p1", Word("__tag__:pod", "p1")),
    ],
)
def test_how_a_search_is_read(text, term):
    assert search(text) == term


@pytest.mark.parametrize(
    "query",
    ["(a", "a)", "a or", "not", "flow:", "duration_ms > fast", ": a", '"open', "a : ) b", "n in [1 2", "n in [1", "or",
     "(" * 5000, "a:(" * 40],
)  # fmt: skip
def test_a_search_that_cannot_be_read_is_refused(query):
    with pytest.raises(CloudError) as caught:
        search(query)
    assert "ParseError" in caught.value.message


def test_a_search_has_at_most_30_conditions():
    search(" ".join(["a"] * 30))
    with pytest.raises(CloudError, match="30 conditions"):
        search(" ".join(["a"] * 31))


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("a", ("a", "")),
        ("a | select 1", ("a", "select 1")),
        ("\"a | b\" | select '|'", ('"a | b"', "select '|'")),
        (r'"a \" | b" | x', (r'"a \" | b"', "x")),
    ],
)
def test_the_first_bar_outside_of_quotes_divides_search_and_sql(text, both):
    assert halves(text) == both
