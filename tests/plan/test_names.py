"""Names keep to the services' limits, whatever people write."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowvigil.provisioner import names
from flowvigil.provisioner.monitor import Channel

from .builders import STACK

WORDS = st.text(min_size=1, max_size=120)
IDS = st.from_regex(r"[a-z][a-z0-9-]{0,80}", fullmatch=True)


def stacks(project, name):
    return replace(STACK, project=project, name=name)


@given(IDS, IDS, WORDS)
def test_a_contacts_name_has_two_to_forty_characters(project, name, robot):
    assert 2 <= len(names.contact(stacks(project, name), Channel(dingtalk=robot))) <= 40


@given(IDS, IDS)
def test_a_log_projects_name_is_legal(project, name):
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", names.log_project(stacks(project, name)))


@given(IDS, IDS, WORDS, WORDS)
def test_dashboards_alerts_and_rule_ids_keep_to_letters_digits_and_dashes(project, name, flow, alarm):
    stack = stacks(project, name)
    made = (names.dashboard(stack, flow), names.log_alert(stack, flow), names.rule_id(stack.prefix, flow, alarm, "x"))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,100}", one) for one in made)


@pytest.mark.parametrize(("project", "stack"), [("my_flows", "prod"), ("acme", "prod.eu"), ("客服", "prod")])
def test_a_ram_name_keeps_to_letters_digits_and_dashes(project, stack):
    made = names.ram(replace(STACK, project=project, name=stack), "reporter")
    assert re.fullmatch(r"[A-Za-z0-9-]{1,64}", made)


@given(WORDS, WORDS)
def test_different_words_never_shorten_to_one_name(first, second):
    same = names.shorten("x" * 50 + first, 40) == names.shorten("x" * 50 + second, 40)
    assert same == (first == second)


@given(st.text(max_size=40))
def test_a_name_within_its_limit_is_left_alone(name):
    assert names.shorten(name, 40) == name


@given(WORDS)
def test_a_contact_group_holds_no_comma_because_rules_list_groups_with_commas(group):
    assert "," not in names.contact_group(STACK, group)


@given(st.tuples(IDS, IDS), st.tuples(IDS, IDS))
def test_rules_of_different_conditions_have_different_ids(first, second):
    ids = [names.rule_id(STACK.prefix, flow, alarm, "same") for flow, alarm in (first, second)]
    assert (ids[0] == ids[1]) == (first == second)


def test_two_accounts_have_different_log_projects():
    other = replace(STACK, account_id="9999999999999999")
    assert names.log_project(STACK) != names.log_project(other)


@pytest.mark.parametrize(
    ("value", "kept"),
    [("poem-1.a_b/c\\d", True), ("a" * 64, True), ("a" * 65, False), ("a=b", False), ("诗", False), ("", False)],
)
def test_the_service_keeps_only_plain_dimension_values(value, kept):
    assert names.survives(value) is kept


def test_a_long_prefix_keeps_the_log_projects_of_two_stacks_apart():
    first, second = (replace(STACK, project="p" * 70, name=name) for name in ("a", "b"))
    assert len(names.log_project(first)) <= 63
    assert names.log_project(first) != names.log_project(second)


ALIKE = [
    ({"name": "my-flows"}, True),
    ({"name": "my.flows"}, True),
    ({"name": "MY_flows"}, True),
    ({"name": "my-flow"}, False),
    ({"name": "my-flows", "account_id": "2"}, False),
    ({"name": "my-flows", "region": "cn-beijing"}, True),
    ({"name": "my-flows", "shared": False, "shared_prefix": "acme-my_flows"}, True),
    ({"name": "my-flows", "shared": False, "shared_prefix": "acme-my_flows", "region": "cn-beijing"}, False),
    ({"name": "my-flows", "shared": False, "shared_prefix": "acme-my_flows", "log_project": "llm"}, False),
]


@pytest.mark.parametrize(("other", "same"), ALIKE, ids=str)
def test_stacks_are_alike_where_the_services_rewrite_their_names_to_the_same(other, same):
    stack = replace(STACK, name="my_flows")
    assert names.alike(stack, replace(stack, **other)) is same


def test_a_store_in_a_project_of_others_has_lower_case_letters_only():
    assert names.logstore(replace(STACK, project="Acme", name="Prod", log_project="llm")) == "acme-prod-runs"
