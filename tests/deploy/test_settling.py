"""What is done to an exported state, before the engine reads everything again."""

from types import SimpleNamespace

import pytest

from flowvigil.deploy import recover, reverts
from flowvigil.deploy.cloud_ids import cloud_id, identity
from flowvigil.provisioner.objects import Rule, Template
from flowvigil.provisioner.wire import KINDS

RULE, TEMPLATE = KINDS[Rule].token, KINDS[Template].token
PREFIX = "urn:pulumi:test::acme"


class Account:
    """A cloud that has one template and one monitor group."""

    def templates(self):
        return [{"Name": "acme-test-poem-1", "TemplateId": 20001}]

    def monitor_groups(self):
        return [{"GroupName": "acme-test-poem", "GroupId": 10001}]


def resource(kind, key, number, *, delete=False, **inputs):
    return {"urn": f"{PREFIX}::{kind}::{key}", "type": kind, "custom": True, "id": number, "inputs": inputs} | (
        {"delete": True} if delete else {}
    )


def rule(number, *, delete=False, key="flow.poem.p95.oncall"):
    return resource(RULE, key, number, delete=delete, metricAlarmRuleId=number)


def template(number, name, *, delete=False):
    return resource(TEMPLATE, "flow.poem.template", number, delete=delete, metricRuleTemplateName=name)


def planned(key="flow.poem.p95.oncall", number="old"):
    one = Rule(key, "poem", number, "name", "space", "metric", "[]", (), (), 60, 300, ())
    return SimpleNamespace(objects=(one,))


def kept(resources, plan):
    """(keys that came back, id → whether it still waits for its removal)."""
    names = [one["urn"].rsplit("::", 1)[1] for one in reverts._kept(resources, plan)]
    return names, {one["id"]: bool(one.get("delete")) for one in resources}


@pytest.mark.parametrize(("name", "number"), [("acme-test-poem-1", "20001"), ("acme-test-poem-2", None)])
def test_a_template_is_found_by_its_name(name, number):
    assert cloud_id(TEMPLATE, {"metricRuleTemplateName": name}, Account()) == number


def test_a_rule_has_the_id_that_we_gave_it():
    assert cloud_id(RULE, {"metricAlarmRuleId": "r1"}, Account()) == "r1"


def test_a_kind_without_names_has_no_identity():
    assert identity("pulumi:providers:alicloud", {}) is None


def test_a_creation_of_what_the_state_has_makes_the_old_one_leave():
    old = template("20000", "acme-test-poem-0")
    assert recover._mark_replaced([old], old["urn"]) == {old["urn"]}
    assert old["delete"] is True


def test_only_creations_that_the_cloud_may_have_are_adopted():
    pending = [
        {"type": "creating", "resource": {**template("", "acme-test-poem-1"), "id": ""}},
        {"type": "creating", "resource": template("", "acme-test-poem-2")},
        {"type": "updating", "resource": rule("r1")},
    ]
    assert [one["id"] for one in recover._adopted(pending, Account())] == ["20001"]


class Engine:
    """An engine that finds everything where the state says; keeps what it was handed and told to read."""

    def restore(self, exported):
        self.state = exported

    def read_again(self, urns):
        self.read = list(urns)

    def export(self):
        return self.state


def settled(*resources):
    """The ids in the state, and what was read again, after a creation of the account's template was interrupted."""
    engine, pending = Engine(), [{"type": "creating", "resource": template("", "acme-test-poem-1")}]
    deployment = {"resources": list(resources), "pending_operations": pending}
    state = recover.settle(engine, {"deployment": deployment}, Account(), lambda _: None)["deployment"]
    assert "pending_operations" not in state
    return [one["id"] for one in state["resources"]], len(engine.read)


def test_a_creation_that_the_cloud_has_is_adopted():
    assert settled() == (["20001"], 1)


def test_a_creation_that_the_state_has_already_is_not_adopted_twice():
    assert settled(template("20001", "acme-test-poem-1")) == (["20001"], 1)


def test_what_leaves_but_is_planned_again_changes_places_with_its_replacement():
    resources = [rule("new"), rule("old", delete=True)]
    assert kept(resources, planned()) == (["flow.poem.p95.oncall"], {"new": True, "old": False})


def test_what_leaves_and_is_not_planned_goes_on_leaving():
    resources = [rule("new"), rule("old", delete=True)]
    assert kept(resources, planned(number="new")) == ([], {"new": False, "old": True})


def test_the_same_object_in_both_roles_is_kept_once():
    resources = [rule("old"), rule("old", delete=True)]
    assert kept(resources, planned()) == (["flow.poem.p95.oncall"], {"old": False})
    assert len(resources) == 1


def test_what_comes_back_takes_the_name_that_the_plan_gives_it():
    resources = [rule("new", key="flow.verse.p95.oncall"), rule("old", delete=True, key="flow.verse.p95.oncall")]
    kept(resources, planned())
    assert resources[1]["urn"] == f"{PREFIX}::{RULE}::flow.poem.p95.oncall"
    assert "delete" not in resources[0]
