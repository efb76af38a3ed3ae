"""The settings of a stack's relay say of its rules what the plan says, and hold no secret."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from flowvigil.deploy.project import find_project, load_target
from flowvigil.deploy.relay_secrets import LackingError, relay_secrets, write_secrets
from flowvigil.deploy.relay_settings import relay_settings
from flowvigil.deploy.reporter_settings import NotUp
from flowvigil.provisioner.objects import LogAlert, Rule, Template
from flowvigil.provisioner.plan import plan
from flowvigil.provisioner.stack import Facts
from flowvigil.relay.settings import Hook, Robot, Store, from_json, to_json
from flowvigil.scaffold.answers import Answers
from flowvigil.scaffold.rendering import render
from flowvigil.scaffold.writing import write

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall, ding], warning: [ding]}
groups:
  oncall: {existing: true}
  ding:
    - {dingtalk: robot}
    - {dingtalk: robot-signed, sign: robot-sign, via: relay, at: [zhangsan]}
"""
FLOW = """\
flow: support-answer
title: 客服问答
owner: assistant-team
runbook: https://wiki.example.com/support-answer
alarms:
  p95: {critical: 8s, warning: 5s}
  no_runs: {warning: 30m, hours: Mon-Fri 09:00-20:00}
  stuck: {warning: 10m}
logs: {context: {project: app-prod, logstore: errors}}
on_alarm:
  rollback: {webhook: rollback-url, sign: rollback-sign, alarms: [p95], cool_down: 1h, dry_run: true}
"""
EMULATOR = {"flowvigil:emulator": "127.0.0.1:9999"}


@pytest.fixture
def target(tmp_path):
    write(tmp_path, render(Answers("shop", "support-answer")))
    (tmp_path / "monitors" / "contacts.yaml").write_text(CONTACTS)
    (tmp_path / "monitors" / "support-answer.yaml").write_text(FLOW)
    return load_target(find_project(tmp_path), "local")


@pytest.fixture
def settings(target):
    return relay_settings(target, EMULATOR, "zh", dict)


def test_every_rule_of_the_plan_is_known_by_its_id_or_its_name(target, settings):
    direct = {one.rule_id for one in target.plan.objects if isinstance(one, Rule) and one.flow}
    templated = {rule.name for one in target.plan.objects if isinstance(one, Template) for rule in one.rules}
    alerts = {one.name for one in target.plan.objects if isinstance(one, LogAlert)}
    assert {one.id for one in settings.rules if one.id} == direct | alerts
    assert {one.name for one in settings.rules if not one.id} == templated
    assert direct
    assert templated
    assert alerts


def test_a_rule_leads_to_the_alarm_whose_name_it_bears(settings):
    assert {one.alarm for one in settings.rules} == {
        "p95", "no_runs", "stuck", "slow_streak", "failure_streak", "no_reports",
    }  # fmt: skip
    assert [one.name for one in settings.rules if f" {one.alarm} " not in f" {one.name}"] == []


def test_a_level_names_the_robots_of_the_relay_alone(settings):
    (one,) = settings.flows
    p95 = one.condition("p95")
    assert [(level.severity, level.threshold, level.says, level.robots) for level in p95.levels] == [
        ("critical", 8000.0, "> 8s", ("robot-signed",)),
        ("warning", 5000.0, "> 5s", ("robot-signed",)),
    ]
    assert settings.robots == (Robot("robot-signed", "robot-sign", ("zhangsan",)),)


def test_an_alert_that_watches_reports_is_known_for_each_of_its_flows(settings):
    (rule,) = [one for one in settings.rules if one.many]
    assert (rule.flow, rule.alarm, rule.id) == ("support-answer", "no_reports", rule.id)
    assert rule.id.startswith("shop-local-no_reports-")
    assert settings.flows[0].condition("no_reports").logs
    assert not settings.flows[0].condition("p95").logs


def test_alerts_of_a_flow_of_many_reporters_are_known_by_their_names(tmp_path):
    write(tmp_path, render(Answers("shop", "support-answer")))
    (tmp_path / "monitors" / "contacts.yaml").write_text(CONTACTS)
    (tmp_path / "monitors" / "support-answer.yaml").write_text(f"{FLOW}reporters: many\n")
    found = relay_settings(load_target(find_project(tmp_path), "local"), EMULATOR, "zh", dict)
    assert {one.alarm: one.id for one in found.rules if not one.many}["p95"] == "shop-local-support-answer-p95"
    assert {one.alarm for one in found.flows[0].conditions if one.logs} == {one.alarm for one in found.rules}


def test_a_flow_is_said_with_all_that_a_message_needs(target, settings):
    (one,) = settings.flows
    assert (one.title, one.owner, one.runbook) == (
        "客服问答", "assistant-team", "https://wiki.example.com/support-answer",
    )  # fmt: skip
    assert one.slice == target.plan.slices["support-answer"]
    assert one.context == Store("app-prod", "errors")
    assert one.hooks == (Hook("rollback", "rollback-url", "rollback-sign", "critical", ("p95",), 3600, dry_run=True),)


def test_on_the_pretend_cloud_everything_leads_there(target, settings):
    base = "http://127.0.0.1:9999"
    assert settings.endpoints == {"cms": base, "log": base, "dingtalk": base}
    assert settings.console == target.stack.console


def test_the_file_names_secrets_and_reads_as_what_it_was(settings):
    assert settings.secrets() == ["relay-url", "robot-sign", "robot-signed", "rollback-sign", "rollback-url"]
    assert from_json(json.loads(json.dumps(to_json(settings)))) == settings


def test_the_hash_follows_what_is_said(target, settings):
    assert settings.hash == relay_settings(target, EMULATOR, "zh", dict).hash
    assert settings.hash != relay_settings(target, EMULATOR, "en", dict).hash


GROUP_URN = "urn:pulumi:local::shop::alicloud:cms/monitorGroup:MonitorGroup::relay.group"


def without_group_zero(target):
    stack = replace(target.stack, facts=Facts(group_zero=False))
    return replace(target, plan=plan(target.monitors, stack))


def test_a_relay_that_needs_a_group_reports_under_the_id_that_the_stack_has(target):
    state = {"resources": [{"urn": GROUP_URN, "id": "1700"}]}
    settings = relay_settings(without_group_zero(target), EMULATOR, "zh", lambda: state)
    assert settings.group == "1700"
    assert from_json(json.loads(json.dumps(to_json(settings)))) == settings


def test_before_that_group_is_there_the_settings_cannot_be_had(target):
    with pytest.raises(NotUp, match="flowvigil up -s local"):
        relay_settings(without_group_zero(target), EMULATOR, "zh", dict)


def test_where_no_group_is_needed_the_stack_is_not_asked(target):
    def asked():
        raise AssertionError

    assert relay_settings(target, EMULATOR, "zh", asked).group == ""


class Told:
    """A session that knows each secret's value by its name, and tells all at once."""

    stack = "local"

    def __init__(self, *keys):
        self.keys = keys

    def ask(self, *arguments):
        assert arguments == ("config", "--show-secrets", "--json", "--stack", "local")
        return json.dumps({key: {"value": f"value of {key}\n", "secret": True} for key in self.keys})


def test_all_secrets_that_are_not_set_are_named_with_their_commands(settings):
    with pytest.raises(LackingError) as raised:
        relay_secrets(Told(), settings, {"webhook:relay-url": {"secure": "x"}})
    lines = str(raised.value).splitlines()
    assert len(lines) == 5
    assert "config set --stack local --secret webhook:robot-sign VALUE" in lines[1]


def test_secrets_go_into_a_file_that_only_the_owner_reads(settings, tmp_path):
    given = {f"webhook:{name}": {"secure": "x"} for name in settings.secrets()}
    values = relay_secrets(Told(*given), settings, given)
    assert values["FLOWVIGIL_SECRET_ROBOT_SIGN"] == "value of webhook:robot-sign"
    file = tmp_path / "relay.env"
    file.write_text("open to all")
    file.chmod(0o644)
    write_secrets(file, values)
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().splitlines()) == 5
