"""Contact groups that are not there: who would not be told, and who should make them."""

from types import SimpleNamespace

import pytest

from flowvigil.deploy.recipients import absent_groups
from flowvigil.deploy.steps import RefusedError, refuse_absent_groups
from flowvigil.provisioner import objects as o
from flowvigil.provisioner.monitor import Channel, ContactGroup, Monitors
from flowvigil.provisioner.stack import Stack
from tests.plan.builders import condition, level, monitor

GROUPS = (ContactGroup("ding", (Channel(dingtalk="robot"),)), ContactGroup("oncall", existing=True))


class Account:
    def __init__(self, *names):
        self.names = names

    def contact_groups(self):
        return [{"Name": name} for name in self.names]


class Silent:
    def contact_groups(self):
        raise AssertionError("nobody should be asked")


def target(*objects, shared=True, told=("ding",)):
    stack = Stack(
        "acme", "prod", "1", "cn-hangzhou", "prod", shared=shared, shared_prefix="" if shared else "acme-main"
    )
    flows = (monitor("poem", condition("p95", level("critical", 8000, groups=told))),)
    return SimpleNamespace(stack=stack, monitors=Monitors(flows, GROUPS), plan=SimpleNamespace(objects=objects))


def watched(*groups):
    return o.MonitorGroup("flow.poem.group", "poem", "acme-prod-poem", groups)


def test_a_group_that_the_plan_makes_is_not_asked_for():
    made = o.ContactGroup("contact-group.ding", None, "acme-prod-ding", "", ())
    assert absent_groups(target(made, watched("acme-prod-ding")), Silent()) == []


def test_an_existing_group_that_is_not_there_is_absent():
    assert absent_groups(target(watched("oncall")), Account("others")) == ["oncall"]


def test_an_existing_group_that_is_there_is_not():
    assert absent_groups(target(watched("oncall")), Account("oncall")) == []


def test_an_existing_group_that_nobody_names_does_not_matter():
    assert absent_groups(target(), Silent()) == []


def test_what_another_stack_should_make_is_absent_also_where_only_log_service_tells_it():
    assert absent_groups(target(shared=False), Account("acme-prod-ding")) == ["acme-main-ding"]


def test_what_another_stack_should_make_does_not_matter_where_no_alarm_tells_it():
    assert absent_groups(target(shared=False, told=("oncall",)), Silent()) == []


@pytest.mark.parametrize(
    ("absent", "ways"),
    [
        (["acme-main-ding"], ["Bring up acme-main first: it makes those that begin with its name."]),
        (["oncall"], ["Make those that contacts.yaml calls existing, or correct their names."]),
        (
            ["acme-main-ding", "oncall"],
            [
                "Bring up acme-main first: it makes those that begin with its name.",
                "Make those that contacts.yaml calls existing, or correct their names.",
            ],
        ),
    ],
)
def test_the_refusal_names_the_groups_and_who_makes_them(absent, ways):
    with pytest.raises(RefusedError) as refused:
        refuse_absent_groups(absent, target(shared=False))
    assert str(refused.value).splitlines() == [
        "nothing was changed, because alarms would reach nobody: the account lacks these contact groups:",
        *(f"  {name}" for name in absent),
        *ways,
    ]
