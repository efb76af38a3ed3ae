"""Template-made rules are not Pulumi's: verify sees what happened to them, and applies the template again."""

import pytest

pytestmark = pytest.mark.engine

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall], warning: [oncall]}
groups:
  oncall:
    - {dingtalk: assistant-robot}
    - {dingtalk: assistant-robot, via: relay}
"""
NAMESPACE = "acs_customMetric_1000000000000001"


def template_made(site):
    rules = site.cloud.rules(NAMESPACE)
    return {rule["RuleName"]: rule for rule in rules if rule["RuleId"].startswith("applyTemplate")}


@pytest.fixture(scope="module")
def repaired(make_site):
    """One template-made rule was deleted behind our back: (rules before, its name, verify, repair, rules after)."""
    site = make_site()
    site.write("monitors/contacts.yaml", CONTACTS)
    site.keep({"relay-url": "http://relay.example/secret"})
    code, printed = site.up()
    assert code == 0, printed
    before = template_made(site)
    victim = sorted(before)[0]
    site.cloud._call("cms", "DeleteMetricRules", {"Id.1": before[victim]["RuleId"]})
    found = site.flowvigil("verify", "--stack", site.stack)
    mended = site.flowvigil("verify", "--stack", site.stack, "--repair")
    return before, victim, found, mended, template_made(site)


def test_verify_names_the_missing_rule_and_exits_with_1(repaired):
    _, victim, (code, printed), _, _ = repaired
    assert code == 1
    assert victim in printed


def test_repair_ends_clean(repaired):
    _, _, _, (code, printed), _ = repaired
    assert code == 0, printed


def test_a_repaired_rule_is_the_rule_that_was(repaired):
    before, victim, _, _, after = repaired
    same = ("MetricName", "Escalations", "SilenceTime", "ContactGroups", "Webhook", "EffectiveInterval")
    assert {key: after[victim][key] for key in same} == {key: before[victim][key] for key in same}


def test_the_callback_of_template_made_rules_is_the_relay(repaired):
    before, victim, _, _, _ = repaired
    assert before[victim]["Webhook"] == "http://relay.example/secret"
