"""The plan as a whole: order, slices, settings, renames, limits."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.carriers import Reason
from flowvigil.provisioner.limits import limits
from flowvigil.provisioner.monitor import Carrier, ContactGroup, Dimension, LogStore, Reporters, Source
from flowvigil.provisioner.plan import PlanError, log_links, plan
from flowvigil.provisioner.settings import with_groups

from .builders import FAILURES, GROUPS, P95, SLOW, STACK, condition, langflow, level, monitor, monitors

DIRECT = replace(STACK, rules=Carrier.DIRECT)


def test_the_same_input_gives_the_same_plan():
    assert plan(monitors(monitor()), STACK) == plan(monitors(monitor()), STACK)


def test_keys_are_unique():
    keys = [one.key for one in plan(monitors(monitor("a"), monitor("b")), STACK).objects]
    assert len(keys) == len(set(keys))


def test_whatever_an_object_refers_to_comes_before_it():
    found = plan(monitors(monitor("poem", P95, FAILURES, condition("p99", level("info", 1, repeat_s=900)))), STACK)
    order = {one.key: place for place, one in enumerate(found.objects)}
    template = next(one for one in found.objects if isinstance(one, o.Template))
    rule = next(one for one in found.objects if isinstance(one, o.Rule))
    assert order[template.group.object] < order[template.key]
    assert order[rule.resources.parts[1].object] < order[rule.key]


def test_a_change_of_one_flow_leaves_the_others_slices_alone():
    before = plan(monitors(monitor("a"), monitor("b")), STACK).slices
    after = plan(monitors(monitor("a", FAILURES), monitor("b")), STACK).slices
    assert (before["a"] != after["a"], before["b"] == after["b"]) == (True, True)


def test_a_setting_that_lives_in_the_reporter_changes_the_slice():
    before = plan(monitors(monitor("a", P95)), STACK).slices
    after = plan(monitors(monitor("a", replace(P95, min_runs=50))), STACK).slices
    assert before != after


def test_a_templates_description_carries_the_slice():
    found = plan(monitors(monitor("poem", title="诗", owner="team")), STACK)
    (template,) = [one for one in found.objects if isinstance(one, o.Template)]
    assert template.description == f"诗, team, slice {found.slices['poem']}"


def test_settings_name_every_series_that_a_rule_reads():
    found = plan(monitors(langflow(monitor())), STACK)
    (template,) = [one for one in found.objects if isinstance(one, o.Template)]
    (settings,) = found.settings.flows
    assert [one.metric for one in settings.series] == [rule.metric for rule in template.rules]


def test_settings_take_group_ids_and_their_hash_later():
    found = plan(monitors(monitor("a"), monitor("b", rules=Carrier.DIRECT)), STACK)
    assert found.groups == {"a": "flow.a.group"}
    settings = with_groups(found.settings, {"a": "4711"})
    assert [one.group_id for one in settings.flows] == ["4711", "0"]
    assert settings.hash != with_groups(found.settings, {"a": "4712"}).hash != ""


def test_runs_over_the_lowest_limit_are_never_sampled():
    (settings,) = plan(monitors(monitor("a", P95, FAILURES, SLOW)), STACK).settings.flows
    assert settings.slow_over_ms == 5000


def test_while_a_rename_lasts_the_old_series_keeps_its_rule_unchanged():
    old = plan(monitors(monitor("old", FAILURES, title="T")), DIRECT)
    new = plan(monitors(monitor("new", FAILURES, title="T", renamed_from="old")), DIRECT)
    (before,) = [one for one in old.objects if isinstance(one, o.Rule)]
    watched, still = [one for one in new.objects if isinstance(one, o.Rule)]
    assert "flow=new&" in watched.resources
    assert (still.key, still.rule_id, still.resources) == (before.key, before.rule_id, before.resources)


def test_the_plan_says_which_rules_watch_the_old_name():
    found = plan(monitors(monitor("new", FAILURES, renamed_from="old")), DIRECT)
    assert [one.reason for one in found.choices["new"]] == [Reason.FORCED_DIRECT, Reason.RENAMED]


def test_a_renamed_flows_group_and_dashboard_are_known_by_their_old_keys():
    found = plan(monitors(monitor("new", renamed_from="old")), STACK)
    assert found.aliases == {
        "flow.new.group": "flow.old.group",
        "flow.new.template": "flow.old.template",
        "flow.new.dashboard": "flow.old.dashboard",
    }


def test_while_a_rename_lasts_reporters_may_use_either_name():
    found = plan(monitors(monitor("new", renamed_from="old")), STACK)
    assert [one.flow for one in found.settings.flows] == ["new", "old"]
    assert found.groups == {"new": "flow.new.group", "old": "flow.new.group"}


def test_a_rename_from_a_flow_that_still_stands_is_refused():
    with pytest.raises(PlanError, match=r"new.yaml: new: was renamed from old, which still has a spec"):
        plan(monitors(monitor("new", renamed_from="old"), monitor("old")), STACK)


def test_flows_whose_dashboards_would_have_one_name_are_refused():
    with pytest.raises(PlanError, match=r"a.b.yaml: a.b: collides with a-b of a-b.yaml"):
        plan(monitors(monitor("a-b"), monitor("a.b")), STACK)


def test_a_flow_id_that_the_service_would_rewrite_is_refused():
    with pytest.raises(PlanError, match="CloudMonitor would rewrite this id"):
        plan(monitors(monitor("诗")), STACK)


def test_alarms_whose_metrics_would_have_one_name_are_refused():
    odd = [condition(alarm, level("critical", 1), signal=P95.signal) for alarm in ("a-b", "a_b")]
    with pytest.raises(PlanError, match="a_b: collides with a-b: both would be the metric"):
        plan(monitors(monitor("poem", *odd)), STACK)


def test_contact_groups_whose_names_would_meet_in_the_cloud_are_refused():
    groups = (*GROUPS, ContactGroup("a b"), ContactGroup("a_b"))
    with pytest.raises(PlanError, match=r"contacts.yaml: contact groups a b and a_b would both be acme-prod-a_b"):
        plan(monitors(monitor(), groups=groups), STACK)


def test_a_prefix_that_the_service_would_cut_is_refused():
    with pytest.raises(PlanError, match="is the dimension `service` of every series"):
        plan(monitors(monitor()), replace(STACK, project="p" * 60))


def test_all_problems_are_told_at_once():
    with pytest.raises(PlanError) as caught:
        plan(monitors(monitor("诗"), monitor("词")), STACK)
    assert len(caught.value.problems) == 2


def test_an_existing_log_project_is_named_and_gets_a_store_of_ours():
    found = plan(monitors(monitor()), replace(STACK, log_project="theirs")).objects
    assert not [one for one in found if isinstance(one, o.LogProject)]
    (store,) = [one for one in found if isinstance(one, o.LogStore)]
    assert (store.project, store.name) == ("theirs", "acme-prod-runs")


def test_declared_dimensions_are_indexed():
    found = plan(monitors(monitor("a", dimensions=(Dimension("model", ("x", "y")),))), STACK).objects
    (index,) = [one for one in found if isinstance(one, o.LogIndex)]
    assert ("model", "text") in index.fields
    assert list(index.fields) == sorted(index.fields)


def test_a_project_holds_a_hundred_dashboards_and_later_flows_link_to_the_overview():
    found = plan(monitors(*(monitor(f"flow-{number:03d}", FAILURES) for number in range(99))), DIRECT)
    assert len([one for one in found.objects if isinstance(one, o.Dashboard)]) == 100
    last = dict([one for one in found.objects if isinstance(one, o.Rule)][-1].labels)
    assert last["dashboard"].endswith("/dashboard/acme-prod-all_flows?slsRegion=cn-hangzhou&filters=flow%3Aflow-098")


def test_a_flow_with_its_own_log_project_has_its_dashboard_there():
    found = plan(monitors(monitor("a", logs=LogStore("llm", "runs2"))), STACK).objects
    board = next(one for one in found if one.key == "flow.a.dashboard")
    assert board.project == "llm"
    assert '"logstore":"runs2"' in board.charts


def test_the_language_of_the_source_does_not_leak_into_names():
    one = monitor("poem", title="客服问答", source=Source(app="langflow", name="客服"))
    (group,) = [each for each in plan(monitors(one), STACK).objects if isinstance(each, o.MonitorGroup)]
    assert group.name == "acme-prod-poem"


def test_limits_count_what_the_plan_uses():
    rows = {row.name: row.used for row in limits(plan(monitors(monitor("a"), monitor("b")), STACK))}
    assert rows["rule templates in an account"] == 2
    assert rows["rules in a template"] == 3
    assert rows["dashboards in a Log Service project"] == 4
    assert rows["custom metric series"] == 6


def test_more_alerts_than_a_project_holds_is_told_with_the_remedy():
    many = (monitor(f"flow-{number:03d}", FAILURES, reporters=Reporters.MANY) for number in range(101))
    (over,) = [row for row in limits(plan(monitors(*many), STACK)) if row.exceeded]
    assert (over.used, over.allowed) == (101, 100)
    assert "a Log Service project of their own" in over.remedy


def test_each_flow_has_a_link_to_its_runs_where_they_are_kept():
    own = monitor("poem", logs=LogStore("llm-prod", "poems"), renamed_from="verse")
    links = log_links(plan(monitors(monitor("answer"), own), STACK))
    places = {flow: urlsplit(link).path.split("/")[3:] for flow, link in links.items()}
    home = places.pop("answer")
    assert (home[0][:9], home[1:]) == ("acme-prod", ["logsearch", "runs"])
    assert places == {flow: ["llm-prod", "logsearch", "poems"] for flow in ("poem", "verse")}
    searches = [base64.b64decode(parse_qs(urlsplit(link).query)["queryString"][0]).decode() for link in links.values()]
    flows = [search.rpartition("flow: ")[2] for search in searches]
    assert flows == [f'"{flow}"' for flow in links]
