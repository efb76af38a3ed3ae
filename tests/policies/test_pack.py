"""The pack as a whole: it judges the product's own objects, and nothing that a first preview does not know."""

from pathlib import Path

import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from flowvigil.provisioner import objects as o
from flowvigil.provisioner import spec
from flowvigil.provisioner.monitor import Carrier
from flowvigil.provisioner.plan import plan
from flowvigil.provisioner.stack import Stack, Trust
from flowvigil.provisioner.wire import KINDS

ROOT = Path(__file__).parents[2]


def resolve(value):
    """As in a first preview: ids of other objects are not known yet."""
    if isinstance(value, o.Ref):
        return UNKNOWN_STRING_VALUE
    if isinstance(value, o.Text):
        parts = [resolve(part) for part in value.parts]
        return UNKNOWN_STRING_VALUE if UNKNOWN_STRING_VALUE in parts else "".join(parts)
    return f"https://oapi.dingtalk.com/robot/send?access_token={value.name}" if isinstance(value, o.Secret) else value


def examples(carrier):
    stack = Stack("acme", "prod", "1000000000000001", "cn-hangzhou", "prod", rules=carrier, trust=Trust.ECS)
    for one in plan(spec.load(ROOT / "monitors", "prod"), stack).objects:
        kind = KINDS[type(one)]
        props = {key: value for key, value in kind.props(one, resolve).items() if value is not None}
        urn = f"urn:pulumi:prod::acme::{kind.token}::{one.key}"
        yield ResourceValidationArgs(kind.token, unknown_checking_proxy(props), urn, one.key, None, None)


def told(pack, args, level):
    messages = []
    for rule in pack.RULES:
        mandatory = rule.enforcement_level is not EnforcementLevel.ADVISORY
        if isinstance(rule, ResourceValidationPolicy) and mandatory is (level == "mandatory"):
            rule.validate(args, messages.append)
    return messages


@pytest.mark.parametrize("carrier", [Carrier.AUTO, Carrier.DIRECT])
def test_mandatory_rules_judge_every_example_without_what_only_the_cloud_knows(pack, carrier):
    assert [message for args in examples(carrier) for message in told(pack, args, "mandatory")] == []


def test_a_mandatory_rule_that_read_an_id_of_the_cloud_would_be_found_here(pack):
    unknown = [args for args in examples(Carrier.AUTO) if args.resource_type == pack.TEMPLATE]
    with pytest.raises(UnknownValueError):
        _ = unknown[0].props["groupId"]


def test_every_policy_says_what_it_wants_and_how_to_get_there(pack):
    silent = [rule.name for rule in pack.RULES if not (rule.description and rule.remediation_steps)]
    assert silent == []


def test_there_are_at_least_fifteen_policies_with_names_of_their_own(pack):
    names = [rule.name for rule in pack.RULES]
    assert len(names) == len(set(names)) >= 15


def test_every_policy_is_documented(pack):
    page = (ROOT / "docs/policies.md").read_text()
    assert [rule.name for rule in pack.RULES if f"`{rule.name}`" not in page] == []
