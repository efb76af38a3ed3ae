"""What may be answered, and how a backend is said to the engine."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from flowvigil.scaffold.answers import Answers, WrongAccount, backend_url, problems, with_account

PROD = Answers(
    "shop",
    "support-answer",
    "assistant-team",
    stack="prod",
    account="1234567890123456",
    region="cn-hangzhou",
    backend="file:///srv/state",
)


def test_good_answers_have_no_problem():
    assert problems(PROD) == []


def test_without_a_stack_of_its_own_a_project_needs_no_account():
    assert problems(Answers("shop")) == []


def test_all_that_a_stack_lacks_is_said_at_once():
    assert problems(Answers("shop", stack="prod")) == [
        "--account: is missing; give the main account's number, digits only",
        "--region: is missing; give a region such as cn-hangzhou",
        "--backend: is missing; give a URL such as file:///srv/state, oss://bucket or s3://bucket, "
        "where the engine keeps its state",
    ]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("project", "1shop", "--name '1shop': must be a letter, then letters, digits, - and _, at most 40"),
        ("owner", "客服", "--owner '客服': must be a letter, then letters, digits, - and _, at most 40"),
        ("flow", "Poem", "--flow 'Poem': must be 2 to 40 small letters, digits and inner hyphens"),
        ("flow", "contacts", "--flow 'contacts': monitors/contacts.yaml has a meaning of its own; choose another id"),
        ("stack", "a b", "--stack 'a b': must be a letter, then letters, digits, - and _, at most 40"),
        ("account", "12-34", "--account '12-34': must be the main account's number, digits only"),
        ("region", "Hangzhou", "--region 'Hangzhou': must be a region such as cn-hangzhou"),
        (
            "backend",
            "/srv/state",
            "--backend '/srv/state': must be a URL such as file:///srv/state, oss://bucket or s3://bucket",
        ),
    ],
)
def test_a_bad_answer_is_told_with_what_would_be_right(field, value, text):
    assert problems(replace(PROD, **{field: value})) == [text]


def test_local_is_no_name_for_a_stack_on_an_account():
    assert problems(replace(PROD, stack="local"))[0].startswith("--stack 'local': that stack is on the pretend cloud")


@pytest.mark.parametrize("given", [{"account": "1234567890123456"}, {"region": "cn-hangzhou"}], ids=str)
def test_an_account_without_a_stack_is_not_passed_over(given):
    said = "--account and --region describe a stack on your account; name it too, such as --stack prod"
    assert problems(Answers("shop", **given)) == [said]


def test_oss_without_a_region_has_no_address():
    assert problems(Answers("shop", backend="oss://states")) == [
        "--backend 'oss://states': OSS needs --region, which decides its address"
    ]


def test_other_backends_need_no_region():
    assert problems(Answers("shop", backend="s3://states")) == []


def test_the_pretend_cloud_is_on_the_port_that_the_documents_name():
    assert Answers("shop").port == 8474


def test_every_backend_but_oss_is_the_engines_own():
    assert backend_url(PROD) == "file:///srv/state"


def test_oss_is_reached_through_its_s3_door_of_the_region():
    parts = urlsplit(backend_url(replace(PROD, backend="oss://states/flows")))
    assert (parts.scheme, parts.netloc, parts.path) == ("s3", "states", "/flows")
    assert parse_qs(parts.query)["endpoint"] == ["https://s3.oss-cn-hangzhou.aliyuncs.com"]


def test_oss_is_spared_chunked_uploads():
    query = parse_qs(urlsplit(backend_url(replace(PROD, backend="oss://states"))).query)
    assert query["request_checksum_calculation"] == ["when_required"]


def test_the_account_of_the_credentials_fills_the_gap():
    assert with_account(replace(PROD, account=""), "42", "env").account == "42"


def test_credentials_of_another_account_are_refused():
    with pytest.raises(WrongAccount, match="the credentials \\(from env\\) belong to 42"):
        with_account(PROD, "42", "env")
