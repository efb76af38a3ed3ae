"""A pack asked without the engine, in this process: levels, what is unknown, whom a policy is shown."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy

from flowvigil.deploy.pack_process import judge
from flowvigil.deploy.violations import UNKNOWN

A, B = "urn:pulumi:prod::acme::alicloud:x:A::a", "urn:pulumi:prod::acme::alicloud:x:B::b"


def resource(urn, props, *, asked=True, needs=()):
    provider = {"type": "pulumi:providers:alicloud", "name": "default", "urn": "", "props": {"region": "cn-hangzhou"}}
    about = {"urn": urn, "type": urn.split("::")[2], "name": urn.split("::")[3], "provider": provider}
    return {**about, "props": props, "needs": list(needs), "asked": asked, "unknown": UNKNOWN in props.values()}


def one(validate, level=None):
    return ResourceValidationPolicy(name="p", description="d", validate=validate, enforcement_level=level)


def asked(policy, *resources, config=None):
    pack = SimpleNamespace(policies=[policy], level=EnforcementLevel.MANDATORY)
    return list(judge(pack, resources, config or {}))


def complain(args, report):
    report(f"{args.name} in {args.provider.props['region']}: {args.props.get('size')} {dict(args.get_config())}")


def test_a_violation_names_policy_level_object_and_sentence():
    assert asked(one(complain), resource(A, {"size": 3})) == [("p", "mandatory", A, "a in cn-hangzhou: 3 {}")]


@pytest.mark.parametrize(
    ("own", "config", "level"),
    [
        (EnforcementLevel.ADVISORY, None, "advisory"),
        (EnforcementLevel.ADVISORY, "mandatory", "mandatory"),
        (None, {"enforcementLevel": "advisory"}, "advisory"),
        (EnforcementLevel.REMEDIATE, None, "mandatory"),
    ],
)
def test_the_configuration_decides_the_level_then_the_policy_then_the_pack(own, config, level):
    (found,) = asked(one(complain, own), resource(A, {}), config={"p": config} if config else {})
    assert found[1] == level


def test_a_disabled_policy_is_silent():
    assert asked(one(complain), resource(A, {}), config={"p": "disabled"}) == []


def test_a_policy_gets_its_settings_without_its_level():
    (found,) = asked(one(complain), resource(A, {}), config={"p": {"enforcementLevel": "advisory", "max": 2}})
    assert found[3].endswith("{'max': 2}")


def test_a_policy_that_reads_what_only_the_cloud_decides_says_nothing():
    assert asked(one(complain), resource(A, {"size": UNKNOWN})) == []


def test_only_what_is_asked_is_shown_to_a_policy_on_single_objects():
    found = asked(one(complain), resource(A, {}), resource(B, {}, asked=False))
    assert [urn for _, _, urn, _ in found] == [A]


def test_a_policy_on_the_whole_stack_sees_all_objects_and_what_they_need():
    def validate(args, report):
        for it in args.resources:
            report(f"{it.name} needs {[needed.name for needed in it.dependencies]}", it.urn if it.name == "b" else None)

    policy = StackValidationPolicy(name="p", description="d", validate=validate)
    found = asked(policy, resource(A, {}, asked=False), resource(B, {}, asked=False, needs=[A]))
    assert [one[2:] for one in found] == [("", "a needs []"), (B, "b needs ['a']")]


def test_a_policy_may_be_asynchronous():
    async def validate(args, report):
        report("late")

    assert asked(one(validate), resource(A, {})) == [("p", "mandatory", A, "late")]


def test_a_policy_may_say_that_it_does_not_apply():
    assert asked(one(lambda args, report: args.not_applicable("no such thing")), resource(A, {})) == []
