"""Account-wide objects belong to one stack of the account; another one refers to them and never writes them."""

import json

import pytest

pytestmark = pytest.mark.engine

MANY = """\
flow: support
owner: assistant-team
reporters: many
alarms:
  p95: {critical: 8s}
"""
DIRECT = """\
flow: answer
owner: assistant-team
rules: direct
alarms:
  p95: {critical: 8s}
"""


@pytest.fixture(scope="module")
def owner(make_site):
    """The stack that makes them, not up yet, with alarms of every carrier."""
    site = make_site(stack="main", flowvigil__reporterRole="ecs")
    site.write("monitors/support.yaml", MANY)
    site.write("monitors/answer.yaml", DIRECT)
    return site


@pytest.fixture(scope="module")
def second(owner):
    """A stack in another region of the same account."""
    return owner.sibling(
        "north", alicloud__region="cn-beijing", flowvigil__shared="false", flowvigil__sharedPrefix="acme-main"
    )


@pytest.fixture(scope="module")
def early(owner, second):
    """The second stack before the first: what it says and writes."""
    entry = len(owner.journal())
    return second.up(), owner.writes(entry)


def test_before_its_owner_is_up_a_stack_is_refused_for_nobody_would_be_told(early):
    (code, printed), writes = early
    assert code == 4
    assert "the account lacks these contact groups:\n  acme-main-oncall\nBring up acme-main first: " in printed
    assert writes == []


@pytest.fixture(scope="module")
def told(owner, second, early):
    """The cloud with the owner alone, with both and without the second again; the second's requests to change it."""
    code, printed = owner.up()
    assert code == 0, printed
    before, entry = owner.objects(), len(owner.journal())
    code, printed = second.up()
    assert code == 0, printed
    both = owner.objects()
    code, printed = second.preview("--expect-no-changes")
    assert code == 0, printed
    code, printed = second.destroy()
    assert code == 0, printed
    return before, both, owner.objects(), owner.writes(entry)


def test_the_second_writes_nothing_that_is_account_wide_or_the_owners(told):
    writes = told[3]
    assert writes
    assert [one for one in writes if any(word in one["action"] for word in ("Contact", "Policy", "Role"))] == []
    assert [one for one in writes if one["resource"].startswith("acme-main")] == []


def test_its_rules_and_templates_tell_the_owners_groups(told):
    _, both, _, _ = told
    rules = [one for one in both["rule"].values() if "[acme-north]" in one["RuleName"]]
    assert len(rules) > 3
    assert {one["ContactGroups"] for one in rules} == {"acme-main-oncall"}


def test_its_alerts_tell_the_owners_robots_by_policies_of_its_own(told):
    before, both, _, _ = told
    new = {key: body for key, body in both["record"].items() if key not in before["record"]}
    assert {key.split("-")[2] for key in new} == {"notify", "merge"}
    for key, body in new.items():
        text = json.dumps(body)
        assert "acme-north-" in key
        if "-merge-" in key:
            continue
        assert "acme-main-robot-assistant-robot" in text
        assert "acme-main-message" in text


def test_what_the_owner_made_outlives_the_second_unchanged(told):
    before, both, after, _ = told
    assert all(both[kind][key] == body for kind, bodies in before.items() for key, body in bodies.items())
    assert after == before
