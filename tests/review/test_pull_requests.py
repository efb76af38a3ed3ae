"""The comment names every semantic change and nothing else: held against a comparison of the two plans as JSON."""

import pytest

from flowvigil.provisioner import showing, spec
from flowvigil.provisioner.plan import plan
from flowvigil.provisioner.stack import Stack
from flowvigil.review.comment import comment
from flowvigil.review.comparing import Side, compare

from .pull_requests import project, pull_requests, write

STACK = Stack(project="acme", name="prod", account_id="1234567890123456", region="cn-hangzhou", environment="prod")
CASES = list(pull_requests())


def side(root):
    monitors = spec.load(root / "monitors", "prod")
    return Side(monitors, plan(monitors, STACK))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return side(write(project(), tmp_path_factory.mktemp("base")))


def alarms(plan_, flow):
    """What the plan's JSON says of each alarm of a flow, and what the reporter is told of its series."""
    made = showing.flow_json(plan_, flow)
    found = {}
    for rule in made["rules"]:
        if rule["reason"] != "watches the flow's old name until the rename is over":
            told = (rule["says"], tuple(rule["groups"]), rule["carrier"])
            found.setdefault(rule["alarm"], []).append(told)
    for one in made["objects"]:
        if one["type"] == "Rule":
            found.setdefault(one["key"].split(".")[2], []).append(("period", one["period_s"]))
    settings = next(one for one in plan_.settings.flows if one.flow == flow)
    for series in settings.series:
        found.setdefault(series.alarm, []).append((series.min_runs, series.over_ms, series.signal))
    return found


def around(plan_, flow):
    """What the plan holds of a flow besides its alarms: names, links, owner, sampling, source, dimensions."""
    made = showing.flow_json(plan_, flow)
    texts = [one.get("title") or one.get("description") or "" for one in made["objects"] if one["type"] != "LogAlert"]
    texts = [text.partition(", slice ")[0] for text in texts]
    labels = [pair for one in made["objects"] for pair in one.get("labels", ()) if pair[0] in ("owner", "runbook")]
    settings = next(one for one in plan_.settings.flows if one.flow == flow)
    told = (settings.app, settings.reporters, settings.sampling, settings.dimensions, settings.source, settings.version)
    return set(texts), {tuple(pair) for pair in labels}, told


def changed_by_plan(before, after):
    """Flow -> changed alarms, and `about` where anything around them differs; from the plans alone."""
    found = {}
    for flow in before.slices.keys() | after.slices.keys():
        if flow not in before.slices or flow not in after.slices:
            found[flow] = None
            continue
        old, new = alarms(before, flow), alarms(after, flow)
        names = {alarm for alarm in old.keys() | new.keys() if old.get(alarm) != new.get(alarm)}
        if around(before, flow) != around(after, flow):
            names.add("(around)")
        if names:
            found[flow] = names
    return found


def changed_by_review(review):
    found = {}
    for flow in review.flows:
        paths = [change.path.split(".") for change in flow.changes]
        names = {path[1] if path[0] == "alarms" else "(around)" for path in paths}
        if names:
            found[flow.flow] = names
    return found


@pytest.mark.parametrize(("name", "files", "expected"), CASES, ids=[case[0] for case in CASES])
def test_the_comment_names_every_semantic_change_and_nothing_else(name, files, expected, base, tmp_path):
    after = side(write(files, tmp_path))
    review = compare("prod", base, after)
    by_plan = changed_by_plan(base.plan, after.plan)
    by_review = changed_by_review(review)
    both = [flow for flow, names in by_plan.items() if names is not None]
    assert {flow: by_review.get(flow, set()) - {"(around)"} for flow in both} == {
        flow: by_plan[flow] - {"(around)"} for flow in both
    }
    assert {flow for flow in both if "(around)" in by_plan[flow]} <= {
        flow for flow, names in by_review.items() if "(around)" in names
    }
    assert {one.flow for one in review.flows if one.changes or one.kind.value == "removed"} == set(expected) - {""}
    text = comment("acme", [review])
    sections = {part.split("` ")[0].strip("`"): part for part in text.split("\n#### ")[1:]}
    for flow, phrases in expected.items():
        section = sections[flow] if flow else text
        assert [phrase for phrase in phrases if phrase not in section] == []


def test_objects_are_named_for_exactly_the_flows_whose_objects_differ(base, tmp_path):
    for name, files, _ in CASES[::7]:
        after = side(write(files, tmp_path / name))
        review = compare("prod", base, after)
        old = {one.key: one for one in base.plan.objects}
        new = {one.key: one for one in after.plan.objects}
        differing = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        named = {one.key for one in review.resources} | {one.key for flow in review.flows for one in flow.resources}
        assert named | set(after.plan.aliases.values()) >= differing, name
        assert named <= differing, name
