"""cloud-facts.json: what the plan reads of it, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from flowvigil.provisioner.facts import learned
from flowvigil.provisioner.limits import limits
from flowvigil.provisioner.monitor import Carrier, ContactGroup
from flowvigil.provisioner.objects import MonitorGroup, Ref, Rule, Template
from flowvigil.provisioner.plan import ONLY_AVERAGES, plan
from flowvigil.provisioner.stack import Facts, StackError

from .builders import RELAYED, ROBOT, STACK, monitor, monitors


def written(path, **answers):
    facts = {name: {"answer": answer, "seen": "", "on": "2026-11-26"} for name, answer in answers.items()}
    text = json.dumps({"version": 1, "accounts": {STACK.account_id: {"region": "cn-hangzhou", "facts": facts}}})
    path.write_text(text)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cloud-facts.json"


def test_without_a_file_nothing_is_known(path):
    assert learned(STACK, path) == STACK


def test_answers_of_the_stacks_account_are_learned(path):
    answers = {"template_custom_metrics": "refuse", "group_zero": "accept", "series_quota": "10", "rule_quota": "0"}
    found = learned(STACK, written(path, **answers)).facts
    assert found == Facts(False, True, False, 10, None)


def test_answers_of_another_account_are_not(path):
    stack = replace(STACK, account_id="2000000000000002")
    assert learned(stack, written(path, group_zero="refuse")) == stack


def test_a_question_without_an_answer_is_not_known(path):
    assert learned(STACK, written(path, template_custom_metrics=None)).facts == Facts()


def test_what_the_configuration_says_goes_before_the_file(path):
    stack = replace(STACK, facts=Facts(templates_take_custom_metrics=True))
    assert learned(stack, written(path, template_custom_metrics="refuse")).facts.templates_take_custom_metrics


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"version": 2, "accounts": {}}', '{"version": 1}', '{"version": 1, "accounts": {"1": {"facts": []}}}',
     '{"version": 1, "accounts": {"1": {"facts": {"a": {"answer": 7}}}}}'],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused(path, text):
    path.write_text(text)
    with pytest.raises(StackError, match=r"^cloud-facts\.json: "):
        learned(STACK, path)


def test_a_file_that_cannot_be_read_is_refused(path):
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(StackError, match="cannot be read"):
        learned(STACK, path)


def test_a_flow_of_direct_rules_gets_a_group_where_the_service_takes_none_without(path):
    stack = replace(learned(STACK, written(path, group_zero="refuse")), rules=Carrier.DIRECT)
    found = plan(monitors(monitor("poem")), stack)
    kinds = {type(one) for one in found.objects}
    assert MonitorGroup in kinds
    assert Template not in kinds
    rules = [one for one in found.objects if isinstance(one, Rule)]
    assert all("flow.poem.group" in repr(one.resources) for one in rules)
    assert found.groups == {"poem": "flow.poem.group"}


def test_an_account_that_takes_only_averages_is_warned_of(path):
    stack = learned(STACK, written(path, custom_statistics="average"))
    assert ONLY_AVERAGES in plan(monitors(monitor("poem")), stack).warnings


def test_quotas_that_were_met_are_limits_of_the_plan(path):
    stack = learned(STACK, written(path, series_quota="2", rule_quota="100"))
    rows = {row.name: row for row in limits(plan(monitors(monitor("poem")), stack))}
    assert (rows["custom metric series"].allowed, rows["custom metric series"].exceeded) == (2, True)
    assert (rows["alarm rules"].allowed, rows["alarm rules"].exceeded) == (100, False)


def test_the_relays_rule_gets_a_group_of_its_own_where_the_service_takes_none_without(path):
    stack = learned(STACK, written(path, group_zero="refuse"))
    found = plan(monitors(monitor("poem"), groups=(ContactGroup("ding", (ROBOT, RELAYED)),)), stack)
    made = {one.key: one for one in found.objects}
    group, rule = made["relay.group"], made["relay.alive"]
    assert (group.flow, group.name, group.contact_groups) == (None, "acme-prod-flowvigil_relay", rule.contact_groups)
    head, ref, tail = rule.resources.parts
    assert ref == Ref("relay.group")
    series = {"dimension": "flow=flowvigil_relay&service=acme-prod", "groupId": "17"}
    assert json.loads(f"{head}17{tail}") == [series]
    assert list(made).index("relay.group") < list(made).index("relay.alive")


@pytest.mark.parametrize("answers", [{}, {"group_zero": "accept"}])
def test_elsewhere_the_relays_rule_has_none(path, answers):
    stack = learned(STACK, written(path, **answers))
    found = plan(monitors(monitor("poem"), groups=(ContactGroup("ding", (ROBOT, RELAYED)),)), stack)
    assert "relay.group" not in {one.key for one in found.objects}
