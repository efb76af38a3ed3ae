"""What an error of the provider may hold of a request's address."""

import io

import pytest

from flowvigil.deploy.redaction import pass_on, redact

SENT = (
    'Post "http://127.0.0.1:1/?AccessKeyId=LTAI5t&Action=PutContact'
    "&Channels.DingWebHook=https%3A%2F%2Foapi.dingtalk.com%2Frobot%2Fsend%3Faccess_token%3Dabc"
    '&ContactName=oncall&Signature=R3o4%3D&SignatureMethod=HMAC-SHA1": EOF'
)


def test_parameters_that_are_secrets_by_their_name_lose_their_value():
    assert redact(SENT) == (
        'Post "http://127.0.0.1:1/?AccessKeyId=[secret]&Action=PutContact&Channels.DingWebHook=[secret]'
        '&ContactName=oncall&Signature=[secret]&SignatureMethod=HMAC-SHA1": EOF'
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://relay:pw@relay.example.com/cms", "https://relay:[secret]@relay.example.com/cms"),
        ("https%3A%2F%2Frelay%3Apw%40relay.example.com", "https%3A%2F%2Frelay%3A[secret]%40relay.example.com"),
        ("send?access_token=abc4711 failed", "send?access_token=[secret] failed"),
        ("send%3Faccess_token%3Dabc4711 failed", "send%3Faccess_token%3D[secret] failed"),
    ],
)
def test_passwords_and_tokens_in_addresses_are_hidden(text, shown):
    assert redact(text) == shown


@pytest.mark.parametrize("text", ["http://127.0.0.1:8474/a@b", "12:30 up@noon", "group=oncall&period=60", '{"a": "b"}'])
def test_what_holds_no_secret_stays_as_it_is(text):
    assert redact(text) == text


def test_lines_are_passed_on_redacted():
    target = io.StringIO()
    pass_on(io.StringIO("one\nx?token=abc\n"), target)
    assert target.getvalue() == "one\nx?token=[secret]\n"


def test_what_was_passed_on_is_closed():
    source = io.StringIO("one\n")
    pass_on(source, io.StringIO())
    assert source.closed
