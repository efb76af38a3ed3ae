"""`on_alarm`: what is called, signed how, how often, and what is written down."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from threading import Barrier, Event

import pytest

from flowvigil.relay.settings import Hook
from tests.emulator.conftest import NOW

from .conftest import P95, flow

HOOK = Hook("rollback", "rollback-url", "rollback-sign", "critical", cool_down_s=1800)


@pytest.fixture
def hooked(desk, service):
    def make(hook=HOOK, **more):
        address = f"{service.url}/rollback"
        environ = {"FLOWVIGIL_SECRET_ROLLBACK_URL": address, "FLOWVIGIL_SECRET_ROLLBACK_SIGN": "key"}
        return desk(flow("poem", P95, hooks=(hook,), runbook="https://wiki.example.com/poem"), environ=environ, **more)

    return make


def noted(one):
    return [line["what"] for line in one.relay.store.audit(0) if line["what"].startswith("hook")]


def test_a_critical_alarm_calls_with_a_signed_body(hooked, service):
    one = hooked()
    one.says("p95", "CRITICAL", 0)
    one.work()
    ((path, headers, body),) = service.requests
    stamp = headers["X-Flowvigil-Timestamp"]
    right = hmac.new(b"key", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert (path, stamp, headers["X-Flowvigil-Signature"]) == ("/rollback", str(NOW), f"sha256={right}")
    told = json.loads(body)
    assert {name: told[name] for name in ("id", "flow", "alarm", "severity", "before", "value", "threshold")} == {
        "id": "svc-1", "flow": "poem", "alarm": "p95", "severity": "critical", "before": "ok",
        "value": 9000.0, "threshold": 8000.0,
    }  # fmt: skip
    assert told["slice"] == "e049f96a0edf7329"
    assert noted(one) == ["hook queued", "hook done"]
    assert "- 将调用 rollback" in one.posts["robot"].taken[0]


def test_a_warning_calls_nothing_until_it_gets_worse(hooked, service):
    one = hooked()
    for minute, state in enumerate(("WARN", "CRITICAL", "WARN", "OK")):
        one.says("p95", state, minute)
        one.work(1)
    assert len(service.requests) == 1


def test_a_hook_that_asks_for_warnings_is_called_at_each_step_up(hooked, service):
    one = hooked(replace(HOOK, severity="warning", cool_down_s=60))
    for minute, state in ((0, "WARN"), (5, "CRITICAL"), (6, "WARN")):
        one.says("p95", state, minute)
        one.work(5)
    assert [json.loads(body)["severity"] for _, _, body in service.requests] == ["warning", "critical"]


def test_a_hook_of_other_alarms_is_not_called(hooked, service):
    one = hooked(replace(HOOK, alarms=("slow_streak",)))
    one.says("p95", "CRITICAL", 0)
    one.work()
    assert service.requests == []


def test_a_dry_run_calls_nothing_and_says_so(hooked, service):
    one = hooked(replace(HOOK, dry_run=True))
    one.says("p95", "CRITICAL", 0)
    one.work()
    assert service.requests == []
    assert noted(one) == ["hook dry run"]
    assert "- 将调用 rollback (演练，未调用)" in one.posts["robot"].taken[0]


def test_a_hook_is_not_called_again_before_it_has_cooled_down(hooked, service):
    one = hooked()
    for minute, state in ((0, "CRITICAL"), (5, "OK"), (10, "CRITICAL"), (15, "OK"), (40, "CRITICAL")):
        one.says("p95", state, minute)
        one.work(10)
    assert len(service.requests) == 2
    assert noted(one).count("hook cooling down") == 1


def test_a_hook_that_fails_is_called_three_times_with_one_id_and_then_given_up(hooked, service):
    service.answer = lambda _path, _body: (500, b"")
    one = hooked()
    one.says("p95", "CRITICAL", 0)
    for _ in range(6):
        one.work(0.2)
    assert {json.loads(body)["id"] for _, _, body in service.requests} == {"svc-1"}
    assert len(service.requests) == 3
    assert noted(one)[-1] == "hook failed"


def test_a_message_does_not_wait_for_a_hook_that_hangs(hooked, service):
    one = hooked()
    told, waited = Event(), []
    post = one.posts["robot"].post
    one.relay.posts["robot"].post = lambda body, now: (told.set(), post(body, now))[1]
    service.answer = lambda _path, _body: (waited.append(told.wait(3)), (200, b""))[1]
    one.says("p95", "CRITICAL", 0)
    one.work()
    assert waited == [True]


def test_hooks_do_not_wait_for_each_other(hooked, service):
    one = hooked()
    second = replace(HOOK, name="scale-out")
    (given,) = one.relay.settings.flows
    one.relay._take(replace(one.relay.settings, flows=(replace(given, hooks=(HOOK, second)),)))
    one.relay.posts = one.posts
    together = Barrier(2)
    service.answer = lambda _path, _body: (together.wait(3), (200, b""))[1]
    one.says("p95", "CRITICAL", 0)
    one.work()
    assert noted(one).count("hook done") == 2


def test_a_clock_that_is_set_back_does_not_delay_the_next_try(hooked, service):
    one = hooked()
    service.answer = lambda _path, _body: (500, b"")
    one.says("p95", "CRITICAL", 0)
    one.work()
    one.work(-24 * 60)
    assert len(service.requests) >= 2


def test_a_redirect_is_not_followed(hooked, service):
    service.answer = lambda _path, _body: (302, b"")
    one = hooked()
    one.says("p95", "CRITICAL", 0)
    one.work()
    assert len(service.requests) == 1


def test_a_call_that_was_cut_short_by_a_kill_is_made_again_with_its_id(hooked, service, tmp_path):
    folder = tmp_path / "state"
    one = hooked(state=folder)
    one.says("p95", "CRITICAL", 0)
    one.relay.judge()
    one.relay.store.db.execute("UPDATE calls SET state='calling'")
    one.relay.store.close()
    again = hooked(state=folder)
    again.work()
    assert [json.loads(body)["id"] for _, _, body in service.requests] == ["svc-1"]
