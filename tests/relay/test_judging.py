"""What a robot is told of: the highest severity of a condition, each change of it, its repeats and its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from .conftest import P95, Robot, flow, form, level

BOTH = (Robot("robot"), Robot("oncall"))


def test_an_alarm_gets_worse_then_better_then_ends(desk):
    one = desk()
    for minute, state in enumerate(("WARN", "CRITICAL", "WARN", "OK")):
        one.says("p95", state, minute)
        one.work(1)
    assert one.heads() == [
        "警告 报警 客服问答 p95",
        "严重 升级 客服问答 p95",
        "警告 降级 客服问答 p95",
        "恢复 客服问答 p95",
    ]


def test_the_same_callback_is_told_once_however_often_it_comes(desk):
    one = desk()
    for _ in range(3):
        one.says("p95", "CRITICAL", 0)
        one.work()
    assert one.heads() == ["严重 报警 客服问答 p95"]
    assert one.count("repeated_callbacks") == 2


def test_callbacks_that_arrive_in_the_wrong_order_are_told_in_the_right_one(desk):
    one = desk()
    one.says("p95", "OK", 3)
    one.says("p95", "CRITICAL", 1)
    one.work(4)
    assert one.heads() == ["严重 报警 客服问答 p95", "恢复 客服问答 p95"]


def test_an_old_callback_that_is_replayed_changes_nothing(desk):
    one = desk()
    one.says("p95", "CRITICAL", 1)
    one.says("p95", "OK", 2)
    one.work(2)
    one.says("p95", "CRITICAL", 0.5)
    one.work()
    assert len(one.heads()) == 2
    assert one.count("late_callbacks") == 1


def test_a_callback_from_years_ahead_does_not_make_all_that_follow_look_old(desk):
    one = desk()
    one.says("p95", "WARN", 10 * 365 * 24 * 60)
    one.work()
    for minute, state in ((1, "CRITICAL"), (2, "OK")):
        one.says("p95", state, minute)
        one.work(1)
    assert one.heads() == ["警告 报警 客服问答 p95", "严重 升级 客服问答 p95", "恢复 客服问答 p95"]


def test_of_two_things_said_of_one_moment_the_first_counts(desk):
    one = desk()
    one.says("p95", "CRITICAL", 1)
    one.work()
    one.says("p95", "OK", 1)
    one.work()
    assert one.heads() == ["严重 报警 客服问答 p95"]


def test_a_repeat_comes_no_sooner_than_its_level_says(desk):
    one = desk()
    for minute in (0, 10, 29, 31):
        one.says("p95", "CRITICAL", minute)
        one.work()
    assert one.heads() == ["严重 报警 客服问答 p95", "严重 仍在报警 客服问答 p95"]
    assert one.count("merged_callbacks") == 2


def test_two_rules_of_one_condition_tell_a_robot_once(desk):
    one = desk()
    given = one.relay.settings
    second = replace(given.rules[1], name="critical only", id="poem-p95-critical")
    one.relay._take(replace(given, rules=(*given.rules, second)))
    one.relay.posts = one.posts
    one.says("p95", "CRITICAL", 0)
    one.says("p95", "CRITICAL", 0, ruleId="poem-p95-critical")
    one.work()
    one.says("p95", "WARN", 5)
    one.work()
    one.says("p95", "OK", 6, ruleId="poem-p95-critical")
    one.work()
    assert one.heads() == ["严重 报警 客服问答 p95", "警告 降级 客服问答 p95"]


def test_a_robot_of_critical_alone_hears_the_upgrade_and_the_downgrade(desk):
    levels = (level("critical", 8000, "> 8s", "robot", "oncall"), level("warning", 5000, "> 5s", "robot"))
    one = desk(flow("poem", replace(P95, levels=levels)), robots=BOTH)
    for minute, state in enumerate(("WARN", "CRITICAL", "WARN", "OK")):
        one.says("p95", state, minute)
        one.work(1)
    assert one.heads("oncall") == ["严重 报警 客服问答 p95", "警告 降级 客服问答 p95", "恢复 客服问答 p95"]


def test_a_flow_that_is_being_renamed_fires_until_both_its_names_are_well(desk):
    one = desk()
    given = one.relay.settings
    old = replace(given.rules[1], id="verse-p95", series="verse")
    one.relay._take(replace(given, rules=(*given.rules, old)))
    one.relay.posts = one.posts
    for minute, rule, state in ((0, "verse", "WARN"), (0, "poem", "WARN"), (1, "poem", "OK"), (2, "verse", "OK")):
        one.says("p95", state, minute, ruleId=f"{rule}-p95")
        one.work()
    assert one.heads() == ["警告 报警 客服问答 p95", "恢复 客服问答 p95"]
    assert "结束: 2027-01-15 16:02:00" in one.posts["robot"].taken[1]


def test_a_recovery_of_which_nobody_heard_is_not_told(desk):
    one = desk()
    one.says("p95", "OK", 0)
    one.work()
    assert one.heads() == []


def test_missing_data_is_told_and_leaves_the_severity_as_it_is(desk):
    one = desk()
    for minute, state in enumerate(("WARN", "NO_DATA", "OK")):
        one.says("p95", state, minute)
        one.work()
    assert one.heads() == ["警告 报警 客服问答 p95", "无数据 客服问答 p95", "恢复 客服问答 p95"]


def test_a_rule_that_vanished_while_firing_does_not_hold_a_condition_for_ever(desk):
    one = desk()
    one.says("p95", "CRITICAL", 0)
    one.work()
    one.says("p95", "WARN", 600)
    one.work()
    assert one.heads() == ["严重 报警 客服问答 p95", "警告 报警 客服问答 p95"]


@pytest.mark.parametrize("skew_minutes", [-600, -30, 30, 600])
def test_a_clock_that_is_wrong_changes_no_message(desk, skew_minutes):
    one = desk()
    one.clock += skew_minutes * 60_000
    for minute, state in enumerate(("WARN", "CRITICAL", "OK")):
        one.says("p95", state, minute)
        one.work(1)
    assert one.heads() == ["警告 报警 客服问答 p95", "严重 升级 客服问答 p95", "恢复 客服问答 p95"]
    assert one.count("skewed_callbacks") == 3
    assert "2027-01-15 16:00:00 +08:00" in one.posts["robot"].taken[0]


def test_a_clock_that_is_set_back_by_an_hour_stops_no_message(desk):
    one = desk()
    one.says("p95", "WARN", 0)
    one.work()
    one.clock -= 3_600_000
    one.says("p95", "CRITICAL", 1)
    one.work()
    assert len(one.heads()) == 2


def test_a_rule_is_found_by_its_name_when_its_id_is_the_services_own(desk):
    one = desk()
    one.says("p95", "WARN", 0, ruleId="applyTemplate17", alertName="客服问答 p95 poem [svc]")
    one.work()
    assert one.heads() == ["警告 报警 客服问答 p95"]


@pytest.mark.parametrize(
    "series", ["{{groupId=0, flow={}, service=svc}}", "{{groupId=0, dimension=flow={}&service=svc}}"]
)
def test_flows_with_equal_rule_names_are_told_apart_by_their_series(desk, series):
    one = desk(flow("poem", P95), flow("poem-two", P95, title="第二"))
    given = one.relay.settings
    same = tuple(replace(rule, name="p95 [svc]", id="") for rule in given.rules)
    one.relay._take(replace(given, rules=same))
    one.relay.posts = one.posts
    for name, at in (("poem-two", 0), ("poem", 1), ("poem-three", 2)):
        one.says("p95", "WARN", at, ruleId="x", alertName="p95 [svc]", dimensions=series.format(name))
        one.work()
    assert one.heads()[:2] == ["警告 报警 第二 p95", "警告 报警 客服问答 p95"]
    assert one.count("unknown_rules") == 1


def test_a_rule_that_the_settings_do_not_know_is_counted_and_noted(desk):
    one = desk()
    one.relay.accept(form(ruleId="other", alertName="<b>other</b>"))
    one.work()
    assert one.count("unknown_rules") == 1
    assert [line["what"] for line in one.relay.store.audit(0)] == ["unknown rule"]
    assert one.heads() == []


def test_a_rule_of_this_stack_that_is_newer_than_the_settings_is_told_without_being_believed(desk):
    one = desk()
    for minute in (0, 5, 40):
        one.says("p99", "CRITICAL", minute, alertName="<a href=x>@all</a> p99 [svc]")
        one.work()
    told = one.posts["robot"].taken
    assert len(told) == 2
    assert "＜a href=x＞＠all＜/a＞ p99 ［svc］" in told[0]
    assert "flowvigil export relay" in told[0]
