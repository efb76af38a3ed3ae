"""Who may say what to a relay, and that nothing that is said becomes more than text."""

from __future__ import annotations

import http.client
import json
import os
import socket
from urllib.parse import urlsplit

import pytest

from flowvigil.relay.callback import CallbackError, callback
from flowvigil.relay.door import Request, answer, ranges
from flowvigil.relay.settings import SettingsError

from .conftest import SECRET, flow, form, settings

CALLBACK = f"/callback/{SECRET}"


def status(one, method="POST", path=CALLBACK, client="10.1.2.3", body=None, allowed=()):
    return answer(one.relay, Request(method, path, client, form() if body is None else body), ranges(allowed)).status


@pytest.mark.parametrize(
    "path",
    ["/", "/callback/", "/callback/wrong-secret-of-20", f"/callback/{SECRET}x", f"/callback/{SECRET}/x", "/ａ/é"],
)
def test_a_wrong_secret_finds_nothing(desk, path):
    one = desk()
    assert status(one, path=path) == 404
    assert one.count("refused_secret") == 1
    assert one.count("callbacks") == 0


def test_a_secret_that_is_being_replaced_still_opens(desk):
    one = desk(environ={"FLOWVIGIL_SECRET_RELAY_URL_OLD": "https://relay.example.com/callback/the-old-secret-of-24-ch"})
    assert status(one, path="/callback/the-old-secret-of-24-ch") == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_another_method_is_told_what_would_be_right(desk, method):
    one = desk()
    reply = answer(one.relay, Request(method, CALLBACK, "10.1.2.3"))
    assert (reply.status, reply.allow) == (405, "POST")


@pytest.mark.parametrize(
    ("client", "code"),
    [
        ("47.74.206.70", 200),
        ("106.11.167.100", 200),
        ("::ffff:47.74.206.1", 200),
        ("8.222.159.117", 403),
        ("unix", 403),
    ],
)
def test_sources_may_be_limited_to_the_documented_ones(desk, client, code):
    assert status(desk(), client=client, allowed=["documented"]) == code


def test_a_range_that_is_none_is_refused():
    with pytest.raises(SettingsError, match=r"'10.0.0.0/99' is no range"):
        ranges(["10.0.0.0/99"])


def test_a_body_that_is_too_large_is_refused(desk):
    one = desk()
    assert answer(one.relay, Request("POST", CALLBACK, "10.1.2.3", None)).status == 413


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ruleId": "", "alertName": "null"}, "neither ruleId nor alertName"),
        ({"alertState": "MAYBE"}, "alertState is not"),
        ({"triggerLevel": "OK"}, "triggerLevel is no level"),
        ({"timestamp": "yesterday"}, "timestamp is no time"),
        ({"timestamp": "-1"}, "timestamp is no time"),
        ({"timestamp": "99999999999999999999"}, "timestamp is no time"),
        ({"timestamp": "１８００００００００００００"}, "timestamp is no time"),
        ({"ruleId": "x" * 501}, "ruleId is longer"),
    ],
)
def test_a_form_that_is_no_callback_says_why(change, why):
    with pytest.raises(CallbackError, match=why):
        callback(form(**change))


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"a=1&" * 200, b"%ff%fe=1", b"\x00" * 1000])
def test_garbage_is_refused_as_such(desk, body):
    one = desk()
    assert status(one, body=body) == 400
    assert one.count("refused_form") == 1


@pytest.mark.parametrize(
    ("text", "value"), [("8.5", 8.5), ("null", None), ("nan", None), ("1e999", None), ("<b>", None), ("9" * 41, None)]
)
def test_a_value_is_a_number_or_unknown(text, value):
    assert callback(form(curValue=text)).value == value


HOSTILE = "<img src=x onerror=alert(1)> [click](http://evil) @all **x** ![](http://evil/p) `x` | ~~ \u202e\n### x"


def test_nothing_of_a_callback_is_ever_shown(desk):
    one = desk()
    fields = ("curValue", "dimensions", "expression", "instanceName", "metricName", "namespace", "userId", "unit")
    one.says("p95", "CRITICAL", 0, **dict.fromkeys(fields, HOSTILE), customLabels=json.dumps([{"label": HOSTILE}]))
    one.work()
    (text,) = one.posts["robot"].taken
    assert "evil" not in text
    assert "alert(1)" not in text
    assert "当前值: 未知, 阈值 > 8s" in text


def test_a_title_of_the_specs_is_text_and_mentions_nobody(desk):
    one = desk(flow("poem", title=HOSTILE, owner="@all [x](http://evil)"))
    one.says("p95", "CRITICAL", 0)
    one.work()
    (text,) = one.posts["robot"].taken
    assert "](http://evil" not in text
    assert "<img" not in text
    assert "@all" not in text
    assert "\u202e" not in text


def test_health_tells_numbers_and_no_names(desk):
    one = desk()
    reply = answer(one.relay, Request("GET", "/healthz", "1.2.3.4"))
    assert json.loads(reply.body) == {
        "relay": "flowvigil", "delivering": True, "waiting": 0, "oldest_s": 0, "settings": "",
        "due": 0, "reported": 0, "pid": os.getpid(),
    }  # fmt: skip


def test_health_counts_what_is_due_until_it_is_told(desk):
    one = desk()
    status(one)
    assert one.relay.health()["due"] == 1
    one.work()
    assert one.relay.health()["due"] == 0


def test_counters_are_read_as_prometheus_does(desk):
    one = desk()
    status(one)
    reply = answer(one.relay, Request("GET", "/metrics", "1.2.3.4"))
    assert "flowvigil_relay_callbacks_total 1\n" in reply.body
    assert reply.body.endswith("flowvigil_relay_waiting 0\n")


def test_the_audit_log_needs_the_secret(desk):
    one = desk()
    one.relay.store.note("hook done", 1, hook="rollback")
    assert answer(one.relay, Request("GET", "/audit/nothing", "1.2.3.4")).status == 404
    reply = answer(one.relay, Request("GET", f"/audit/{SECRET}", "1.2.3.4"))
    assert json.loads(reply.body) == [{"id": 1, "at": 1, "what": "hook done", "hook": "rollback"}]


@pytest.mark.engine
def test_the_process_refuses_what_is_too_large_or_never_comes(virtual_cloud, start):
    relay = start(virtual_cloud(), settings(flow()))
    host = urlsplit(relay.address).netloc
    assert relay.post(form(dimensions="x" * 70_000)) == 413
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", "/callback/" + "x" * 20)
    assert connection.getresponse().status == 404
    connection.close()
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=60) as half:
        half.sendall(f"POST {CALLBACK} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nruleId=".encode())
    assert relay.post(form()) == 200
    assert relay.get("/healthz")["relay"] == "flowvigil"
    assert relay.end() == 0
