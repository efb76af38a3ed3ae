"""What Log Service posts about alerts: read like callbacks, found by id and flow, judged, told, linked."""

from __future__ import annotations

import json
from base64 import b64decode
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from flowvigil.emulator.alerting.templates import posted
from flowvigil.provisioner.delivery import SAID
from flowvigil.relay.alerts import alerts
from flowvigil.relay.callback import Callback, CallbackError
from flowvigil.relay.door import Request, answer
from flowvigil.relay.finding import Finder
from flowvigil.relay.settings import Condition, Rule
from flowvigil.relay.words import measured
from tests.emulator.conftest import NOW

from .conftest import SECRET, flow, level, settings

P95 = Condition("p95", "p95", 60, 180, (level("critical", 8000, "> 8s"), level("warning", 5000, "> 5s")), logs=True)
REPORTS = Condition("no_reports", "no_reports", 60, 60, (level("critical", 300, "≥ 5m"),), logs=True)
MINUTE = NOW // 60_000 * 60


def said(rule="poem-p95", state="firing", minute=0, name="poem", **more):
    one = {"rule": rule, "service": "svc", "flow": name, "status": state, "severity": 10, "value": "9000",
           "at": MINUTE + 60 * minute + 10}  # fmt: skip
    return {**one, **more}


def body(*told):
    return json.dumps(told or [said()]).encode()


@pytest.fixture
def poems(desk):
    """Two flows whose alerts Log Service judges; one alert watches the reports of both."""
    flows = [flow("poem", P95, REPORTS), flow("verse", P95, REPORTS)]
    made = desk(*flows)
    rules = [
        *[Rule(f"{one.flow} p95 [svc]", one.flow, "p95", f"{one.flow}-p95") for one in flows],
        *[Rule("no_reports [svc]", one.flow, "no_reports", "svc-no_reports", many=True) for one in flows],
    ]
    made.relay.settings = settings(*flows)
    object.__setattr__(made.relay.settings, "rules", tuple(rules))
    made.relay.finder = Finder(made.relay.settings)
    made.says_alerts = lambda *told: made.relay.accept(body(*told))
    return made


def test_a_post_is_read_as_a_callback_for_each_of_its_alerts():
    first, second = alerts(body(said(), said(name="verse", state="resolved", value="x", minute=1)))
    assert first == Callback("poem-p95", "poem-p95 [svc]", "critical", (MINUTE + 10) * 1000, 9000.0, "flow=poem")
    assert (second.state, second.value, second.dimensions) == ("ok", None, "flow=verse")


@pytest.mark.parametrize(
    ("number", "state"), [(10, "critical"), (8, "warning"), (6, "warning"), (4, "info"), (2, "info")]
)
def test_severities_of_log_service_are_ours(number, state):
    assert alerts(body(said(severity=number)))[0].state == state


@pytest.mark.parametrize(
    "told",
    [
        b"[", b"[]", b"[1]", b"\xff\xfe", b"[" * 100_000, b"{}",
        *[body(said(**{name: wrong})) for name, wrong in [
            ("rule", ""), ("rule", 7), ("rule", "x" * 501), ("rule", "\ud800"), ("flow", None), ("status", "fired"),
            ("severity", "10"), ("severity", True), ("at", "1"), ("at", True), ("at", 1), ("at", 10**15),
        ]],
        body(*[said()] * 1001),
    ],
)  # fmt: skip
def test_what_is_no_alert_is_refused(told):
    with pytest.raises(CallbackError):
        alerts(told)


def test_a_value_that_is_no_number_is_unknown():
    assert [alerts(body(said(value=value)))[0].value for value in ("", "nan", "1" * 41, None, [])] == [None] * 5


def test_an_end_that_tells_no_rows_leaves_the_other_alerts_of_its_post_readable():
    firing = {"alert_id": "a", "status": "firing", "severity": 10, "alert_time": MINUTE, "labels": {"flow": "poem"},
              "fire_results": [{"value": 7}]}  # fmt: skip
    over = {**firing, "status": "resolved", "fire_results": [], "results": []}
    (post,) = posted({"content": SAID, "send_type": "batch"}, [firing, over])
    assert [(one.state, one.value, one.at_ms) for one in alerts(post.encode())] == [
        ("critical", 7.0, MINUTE * 1000),
        ("ok", None, MINUTE * 1000),
    ]


def test_alerts_of_one_post_are_told_with_flow_value_and_threshold(poems):
    poems.says_alerts(said())
    poems.work()
    (text,) = poems.posts["robot"].taken
    assert text.splitlines()[0] == "### 监控报警 严重 报警 客服问答 p95"
    assert "- 当前值: 9s, 阈值 > 8s, 持续 3m" in text


def test_a_post_of_many_alerts_is_one_message_that_names_each(poems):
    poems.says_alerts(*[said("svc-no_reports", name=name, value="300") for name in ("poem", "verse")],
                      said(), said("verse-p95", name="verse"))  # fmt: skip
    poems.work()
    (text,) = poems.posts["robot"].taken
    assert text.splitlines()[0] == "### 监控报警 严重 报警 4 (2 个 flow)"
    assert text.count("no_reports 5m (≥ 5m)") == 2


def test_an_alert_that_watches_many_flows_must_say_which(poems):
    poems.says_alerts(said("svc-no_reports", name="nosuch"))
    poems.work()
    assert poems.count("unknown_rules") == 1
    (text,) = poems.posts["robot"].taken
    assert "svc-no_reports ［svc］ (relay 的设置中没有，请重新 flowvigil export relay)" in text


def test_an_alert_is_told_once_however_often_its_set_is_posted(poems):
    poems.says_alerts(said())
    poems.work()
    poems.says_alerts(said(), said("verse-p95", name="verse", minute=1))
    poems.says_alerts(said(minute=2))
    poems.work(3)
    assert poems.heads() == ["严重 报警 客服问答 p95", "严重 报警 客服问答 p95"]
    assert poems.count("repeated_callbacks") == 1


def test_another_severity_and_the_end_of_an_alert_are_told(poems):
    for minute, more in enumerate([{"severity": 6}, {}, {"status": "resolved"}]):
        poems.says_alerts({**said(minute=minute), **more})
        poems.work(1)
    assert [head.split()[:2] for head in poems.heads()] == [["警告", "报警"], ["严重", "升级"], ["恢复", "客服问答"]]


def test_the_log_link_holds_exactly_the_minutes_that_were_judged(poems):
    """Three minutes in a row were too slow when the alert fired ten seconds after the last."""
    poems.says_alerts(said())
    poems.work()
    outer = parse_qs(urlsplit(poems.posts["robot"].taken[0].split("[执行日志](")[1].split(")")[0]).query)
    asked = parse_qs(urlsplit(unquote(outer["url"][0])).query)
    assert (int(asked["startTime"][0]), int(asked["endTime"][0])) == (MINUTE - 180, MINUTE)


def test_missing_reports_link_to_the_reports_before_the_silence(poems):
    poems.says_alerts(said("svc-no_reports", value="300"))
    poems.work()
    outer = parse_qs(urlsplit(poems.posts["robot"].taken[0].split("[执行日志](")[1].split(")")[0]).query)
    asked = parse_qs(urlsplit(unquote(outer["url"][0])).query)
    assert b64decode(asked["queryString"][0]).decode() == 'event: reporter and service: "svc" and flow: "poem"'
    assert (int(asked["startTime"][0]), int(asked["endTime"][0])) == (MINUTE - 300, MINUTE)


@pytest.mark.parametrize(
    ("signal", "shown"), [("ttft", "1.5s"), ("tokens_per_run", "1500"), ("no_reports", "25m"), ("stuck", "25m")]
)
def test_values_of_what_log_service_judges_have_their_units(signal, shown):
    assert measured(1500, signal, "zh") == shown


def test_the_door_lets_alerts_in_by_the_secret_alone(poems):
    assert answer(poems.relay, Request("POST", "/callback/wrong-secret-of-20", "", body())).status == 404
    assert poems.relay.store.unjudged() == 0
    assert answer(poems.relay, Request("POST", f"/callback/{SECRET}", "", body())).body == "kept"
    assert answer(poems.relay, Request("POST", f"/callback/{SECRET}", "", body())).body == "known"
    assert answer(poems.relay, Request("POST", f"/callback/{SECRET}", "", b"[{}]")).status == 400


def test_a_post_of_which_one_alert_cannot_be_read_changes_nothing(poems):
    with pytest.raises(CallbackError):
        poems.says_alerts(said(), said(severity="x"))
    assert poems.relay.store.unjudged() == 0


def test_silence_that_log_service_measures_is_a_time():
    one = Condition("no_runs", "no_runs", 60, 60, (level("critical", 1800, "≥ 30m"),), logs=True)
    assert (one.unit, Condition("no_runs", "no_runs", 60, 60, one.levels).unit) == ("no_reports", "no_runs")
