"""What a probe found out about an account, the plan obeys: rules that the service would refuse are made another way."""

import json

import pytest

from tests.proofs.test_relay import want_relay

pytestmark = pytest.mark.engine


def test_a_stack_comes_up_on_an_account_that_refuses_templates_and_series_without_group(make_site):
    site = make_site()
    for name in ("template_custom_metrics", "group_zero"):
        site.door("switches", {"name": name, "value": "refuse"}, "POST")
    code, printed = site.up()
    assert code != 0
    code, printed = site.verify("--probe", "--yes", "--family", "rules", "--family", "templates")
    assert code == 0, printed
    assert "group_zero: refuse" in printed
    code, printed = site.up()
    assert code == 0, printed
    assert "verified: every planned rule is in the cloud as planned" in printed
    assert "template" not in site.objects()
    (group,) = site.objects()["monitor_group"]
    rules = [rule for rule in site.objects()["rule"].values() if rule["SourceType"] == "METRIC"]
    assert {rule["GroupId"] for rule in rules} == {group}
    code, printed = site.flowvigil("export", "reporter", "-s", site.stack)
    assert code == 0, printed
    assert {flow["group_id"] for flow in json.loads(printed)["flows"].values()} == {group}


def test_the_relay_reports_under_the_group_of_the_rule_that_watches_it_where_no_series_goes_without(make_site):
    site = make_site()
    site.door("switches", {"name": "group_zero", "value": "refuse"}, "POST")
    known = {"group_zero": {"answer": "refuse", "seen": "", "on": "2026-11-26"}}
    account = {"1000000000000001": {"region": "cn-hangzhou", "facts": known}}
    site.write("cloud-facts.json", json.dumps({"version": 1, "accounts": account}))
    want_relay(site, "http://127.0.0.1:9/callback/0123456789abcdef")
    code, printed = site.flowvigil("export", "relay", "-s", site.stack)
    assert (code, "flowvigil up -s test" in printed) == (1, True)
    code, printed = site.up()
    assert code == 0, printed
    (watching,) = [one for one in site.door("rules") if one["MetricName"] == "custom_flowvigil_relay_alive"]
    (series,) = json.loads(watching["Resources"])
    code, printed = site.flowvigil("export", "relay", "-s", site.stack)
    assert (code, json.loads(printed)["group"]) == (0, series["groupId"])
    assert series["groupId"] in site.objects()["monitor_group"]


def test_an_account_is_asked_with_keys_that_the_stack_keeps_encrypted(make_site):
    site = make_site()
    code, printed = site.engine("config", "set", "--secret", "alicloud:secretKey", "emulator", "--stack", site.stack)
    assert code == 0, printed
    assert site.verify("--clean") == (0, "nothing is left of any probe\n")
