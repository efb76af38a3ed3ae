"""Nothing that is not ours is written or deleted: a filled account, two stacks side by side, objects that exist."""

import json

import pytest

from flowvigil.provisioner import objects as o

pytestmark = pytest.mark.engine

DIRECT = """\
flow: support
owner: assistant-team
rules: direct
alarms:
  p95: {critical: 8s}
"""
KINDS = (o.Contact, o.ContactGroup, o.MonitorGroup, o.Template, o.Rule, o.RamPolicy, o.RamRole)


@pytest.fixture(scope="module")
def filled(make_site):
    """An account where somebody else has an object under each name that we would take; a first `up` in it."""
    site = make_site(flowvigil__reporterRole="ecs")
    site.write("monitors/support.yaml", DIRECT)
    for one in site.target.plan.objects:
        _occupy(site, one)
    before, entry = site.objects(), len(site.journal())
    return site, before, site.writes(entry), site.up()


def _occupy(site, one):
    if isinstance(one, o.Contact):
        site.rpc("PutContact", ContactName=one.name, Describe="theirs", Channels={"Mail": "them@example.com"})
    elif isinstance(one, o.ContactGroup):
        site.rpc("PutContactGroup", ContactGroupName=one.name, Describe="theirs", ContactNames=["them"])
    elif isinstance(one, o.MonitorGroup):
        site.rpc("CreateMonitorGroup", GroupName=one.name, ContactGroups="theirs")
    elif isinstance(one, o.Template):
        level = {"Statistics": "Maximum", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "1", "Times": "1"}
        rule = {
            "RuleName": "theirs",
            "Category": "ecs",
            "MetricName": "CPUUtilization",
            "Namespace": "acs_ecs_dashboard",
        }
        site.rpc("CreateMetricRuleTemplate", Name=one.name, AlertTemplates=[{**rule, "Escalations": {"Warn": level}}])
    elif isinstance(one, o.Rule):
        level = {"Statistics": "Maximum", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "1", "Times": "1"}
        told = {"RuleId": one.rule_id, "RuleName": "theirs", "Namespace": one.namespace, "MetricName": one.metric}
        told |= {"ContactGroups": "theirs", "Resources": one.resources, "Escalations": {"Warn": level}}
        site.rpc("PutResourceMetricRule", **told)
    elif isinstance(one, o.RamPolicy):
        site.rpc("CreatePolicy", "ram", PolicyName=one.name, PolicyDocument=one.document, Description="theirs")
    elif isinstance(one, o.RamRole):
        site.rpc("CreateRole", "ram", RoleName=one.name, AssumeRolePolicyDocument=one.trust)


def test_up_refuses_and_names_each_object_that_is_not_ours(filled):
    site, _, _, (code, printed) = filled
    assert code == 4
    taken = [one for one in site.target.plan.objects if isinstance(one, KINDS)]
    names = {one.rule_id if isinstance(one, o.Rule) else one.name for one in taken}
    assert {
        name for name in names if f" '{name}' exists in the account, and this stack did not make it" in printed
    } == names


def test_a_refused_up_changes_nothing(filled):
    site, before, writes, _ = filled
    assert writes == []
    assert site.objects() == before


def test_a_log_project_of_somebody_else_is_refused_before_anything_is_written(make_site):
    site = make_site()
    project = next(one for one in site.target.plan.objects if isinstance(one, o.LogProject))
    site.sls("POST", "", "/", {"projectName": project.name, "description": "theirs"})
    entry = len(site.journal())
    code, printed = site.up()
    assert code == 4
    assert f"  log project '{project.name}' exists in the account, and this stack did not make it\n" in printed
    assert site.writes(entry) == []


@pytest.fixture(scope="module")
def namesakes(make_site):
    """A stack that is up, and two others that the services write as they write it; one of them owns less."""
    first = make_site(stack="my_flows")
    assert first.up()[0] == 0
    lesser = {"flowvigil__shared": "false", "flowvigil__sharedPrefix": "acme-my_flows"}
    others = [first.sibling("my-flows"), first.sibling("My.flows", **lesser)]
    entry = len(first.journal())
    return [one.up() for one in others], first.writes(entry)


def test_a_stack_whose_names_the_services_write_like_anothers_is_refused(namesakes):
    ((code, printed), _), _ = namesakes
    assert code == 4
    assert "  RAM policy 'acme-my-flows-reporter' exists in the account, and this stack did not make it\n" in printed
    assert (
        "Stack my_flows of this project has such names too, for the services write my_flows and my-flows alike.\n"
        in (printed)
    )


def test_so_is_one_that_shares_only_the_name_of_its_log_project(namesakes):
    (_, (code, printed)), _ = namesakes
    assert code == 4
    assert "RAM" not in printed
    assert "  log project 'acme-my-flows-" in printed
    assert "for the services write my_flows and My.flows alike.\n" in printed


def test_neither_has_written_anything(namesakes):
    assert namesakes[1] == []


@pytest.fixture(scope="module")
def two_stacks(make_site):
    """Stack `other` comes up beside stack `test`, changes, and goes: what was written meanwhile, and what was left."""
    first = make_site()
    assert first.up()[0] == 0
    before, entry = first.objects(), len(first.journal())
    second = first.sibling("other")
    assert second.up()[0] == 0
    second.write("monitors/support.yaml", DIRECT)
    assert second.up()[0] == 0
    code, printed = second.destroy()
    assert code == 0, printed
    return before, first.writes(entry), first


def test_a_stack_writes_only_under_its_own_prefix(two_stacks):
    _, writes, _ = two_stacks
    strangers = [one for one in writes if "acme-test" in json.dumps(one["request"]) or "acme-test" in one["resource"]]
    assert strangers == []
    assert writes


def test_a_stack_that_comes_and_goes_leaves_the_other_as_it_was(two_stacks):
    before, _, first = two_stacks
    assert first.objects() == before


@pytest.fixture(scope="module")
def existing(make_site):
    """A contact group, a contact, a log project and a store of others, as the specs refer to them."""
    site = make_site()
    groups = "  oncall: {existing: true}\n  desk:\n    - {contact: lisi, existing: true}\n"
    route = "  assistant-team: {critical: [oncall, desk], warning: [desk]}\n"
    site.write("monitors/contacts.yaml", f"teams:\n{route}groups:\n{groups}")
    poem = (site.root / "monitors/poem-generator.yaml").read_text()
    site.write("monitors/poem-generator.yaml", f"{poem}logs: {{project: llm-prod, logstore: runs}}\n")
    site.rpc("PutContact", ContactName="lisi", Describe="theirs", Channels={"Mail": "lisi@example.com"})
    site.rpc("PutContactGroup", ContactGroupName="oncall", Describe="theirs", ContactNames=["lisi"])
    site.sls("POST", "", "/", {"projectName": "llm-prod", "description": "theirs"})
    site.sls("POST", "llm-prod", "/logstores", {"logstoreName": "runs", "ttl": 7, "shardCount": 1})
    site.sls("POST", "llm-prod", "/logstores/runs/index", {"keys": {"flow": {"type": "text", "token": [" "]}}})
    before, entry = site.objects(), len(site.journal())
    code, printed = site.up()
    assert code == 0, printed
    up = site.objects()
    code, printed = site.destroy()
    assert code == 0, printed
    return before, up, site.objects(), site.writes(entry)


def test_existing_objects_are_referred_to(existing):
    _, up, _, _ = existing
    told = {group for one in up["rule"].values() for group in one["ContactGroups"].split(",")}
    assert told == {"oncall", "acme-test-desk"}
    assert up["contact_group"]["acme-test-desk"]["Contacts"] == ["lisi"]


def test_existing_objects_are_never_written(existing):
    before, up, after, writes = existing
    assert all(up[kind][key] == body for kind, bodies in before.items() for key, body in bodies.items())
    assert after == before
    assert not [one for one in writes if one["resource"] in ("lisi", "oncall", "llm-prod")]
