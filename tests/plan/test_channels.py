"""Who is told: contacts and contact groups."""

from __future__ import annotations

from dataclasses import replace

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.monitor import Channel, ContactGroup
from flowvigil.provisioner.plan import plan

from .builders import FAILURES, RELAYED, ROBOT, STACK, condition, level, monitor, monitors


def made(kind, *groups, stack=STACK):
    return [
        one for one in plan(monitors(monitor("poem", FAILURES), groups=groups), stack).objects if isinstance(one, kind)
    ]


def test_a_robot_in_two_groups_is_one_contact():
    groups = (ContactGroup("ding", (ROBOT,)), ContactGroup("night", (ROBOT,)))
    (contact,) = made(o.Contact, *groups)
    assert (contact.name, contact.dingtalk) == ("acme-prod-robot", o.Secret("robot"))


def test_a_group_of_relayed_channels_exists_without_contacts():
    (group,) = made(o.ContactGroup, ContactGroup("ding", (RELAYED,)))
    assert (group.name, group.contacts) == ("acme-prod-ding", ())


def test_an_existing_group_is_named_but_never_made():
    groups = (ContactGroup("ding", (ROBOT,)), ContactGroup("oncall", existing=True))
    one = monitor("poem", condition("failure_rate", level("critical", 5, ("oncall",))))
    found = plan(monitors(one, groups=groups), STACK).objects
    assert [each.name for each in found if isinstance(each, o.ContactGroup)] == ["acme-prod-ding"]
    assert [each.contact_groups for each in found if isinstance(each, o.MonitorGroup)] == [("oncall",)]


def test_an_existing_contact_is_a_member_but_never_made():
    group = ContactGroup("ding", (Channel(contact="boss"),))
    assert made(o.Contact, group) == []
    assert made(o.ContactGroup, group)[0].contacts == ("boss",)


def test_an_address_is_not_shown_in_a_contacts_name():
    (contact,) = made(o.Contact, ContactGroup("ding", (Channel(mail="ann@example.com"),)))
    assert contact.mail == "ann@example.com"
    assert "ann" not in contact.name


def test_a_stack_that_owns_nothing_shared_refers_to_the_owners_names():
    stack = replace(STACK, name="eu", shared=False, shared_prefix="acme-prod")
    group = ContactGroup("ding", (ROBOT,))
    assert made(o.Contact, group, stack=stack) == []
    assert made(o.MonitorGroup, group, stack=stack)[0].contact_groups == ("acme-prod-ding",)


def test_a_groups_name_in_any_language_makes_a_plain_key():
    (group,) = [
        one for one in made(o.ContactGroup, ContactGroup("ding"), ContactGroup("值班 :: a")) if "值班" in one.describe
    ]
    assert group.key.isascii()
    assert "::" not in group.key
    assert group.name == "acme-prod-值班____a"
