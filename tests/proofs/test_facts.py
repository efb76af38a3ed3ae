"""What a probe found out about an account, the plan obeys: rules that the service would refuse are made another way."""

import json

import pytest

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


def test_an_account_is_asked_with_keys_that_the_stack_keeps_encrypted(make_site):
    site = make_site()
    code, printed = site.engine("config", "set", "--secret", "alicloud:secretKey", "emulator", "--stack", site.stack)
    assert code == 0, printed
    assert site.verify("--clean") == (0, "nothing is left of any probe\n")
