"""What becomes of each object: what forces a replacement is what the real provider says, and losses are named."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from flowvigil.provisioner import objects as o
from flowvigil.provisioner import spec
from flowvigil.provisioner.plan import plan
from flowvigil.provisioner.stack import Stack, Trust
from flowvigil.provisioner.wire import KINDS
from flowvigil.review import data, page
from flowvigil.review.comment import comment
from flowvigil.review.comparing import Side, compare
from flowvigil.review.fates import FORCING, fates

ROOT = Path(__file__).parents[2]
APART = ("key", "flow", "charts")
"""Ours alone, and JSON."""
STACK = Stack("acme", "prod", "1000000000000001", "cn-hangzhou", "local", protect=False, trust=Trust.ECS)


@pytest.fixture(scope="module")
def monitors():
    return spec.load(ROOT / "monitors", "local")


def forcing_by_provider():
    """Token -> the properties whose change replaces the object, from the page that the real provider's test writes."""
    page = (ROOT / "docs/fields.md").read_text(encoding="utf-8")
    found = {}
    for section in page.split("\n## ")[1:]:
        token = re.search(r"`(alicloud:[^`]+)`", section)[1]
        found[token] = set(re.findall(r"^\| `(\w+)` \| yes \| replaces", section, re.MULTILINE))
    return found


def other(value):
    return (*value, "other") if isinstance(value, tuple) else f"{value}-other" if isinstance(value, str) else "other"


def named(value):
    return value if isinstance(value, str) else repr(value)


def test_the_fields_that_force_a_replacement_are_those_of_the_real_provider(monitors):
    known = forcing_by_provider()
    checked = set()
    for one in {type(one): one for one in plan(monitors, STACK).objects}.values():
        kind = KINDS[type(one)]
        was = kind.props(one, named)
        for name, value in ((name, getattr(one, name)) for name in one.__dataclass_fields__ if name not in APART):
            if name in FORCING.get(type(one), ()) or isinstance(value, str):
                now = kind.props(replace(one, **{name: other(value)}), named)
                forced = {key for key in now if was.get(key) != now[key]} & known[kind.token]
                assert bool(forced) == (name in FORCING.get(type(one), ())), (kind.token, name)
        checked.add(type(one))
    assert checked >= FORCING.keys() - {o.RamAttachment}


def differing(monitors, stack):
    return compare("prod", Side(monitors, plan(monitors, STACK)), Side(monitors, plan(monitors, stack)))


def reviewed(monitors, changed=None, stack=STACK):
    after = changed or monitors
    return comment("acme", [compare("prod", Side(monitors, plan(monitors, STACK)), Side(after, plan(after, stack)))])


def test_a_rule_that_is_replaced_is_named_as_harmless(monitors):
    flows = tuple(replace(one, title="新名字") if one.flow == "poem-translator" else one for one in monitors.monitors)
    text = reviewed(monitors, replace(monitors, monitors=flows))
    assert re.search(r"- replaced Rule `flow\.poem-translator\.p90.*name.*\(harmless: nothing is unwatched", text)
    assert "not harmless" not in text


def test_what_a_replacement_or_a_deletion_loses_is_named(monitors):
    text = reviewed(monitors, stack=replace(STACK, name="live"))
    assert re.search(r"- replaced LogProject `log\.project`: .*\*\*not harmless\*\*: its logs are lost", text)
    assert re.search(r"- replaced RamRole `.*`: .*\*\*not harmless\*\*: reporters that assume it", text)
    text = reviewed(monitors, stack=replace(STACK, log_project="somebody-elses"))
    assert re.search(r"- deleted LogProject `log\.project`.*\*\*not harmless\*\*: its logs are lost", text)


def test_logs_that_are_protected_are_not_said_to_be_lost(monitors):
    kept = replace(STACK, protect=True)
    before, after = plan(monitors, kept), plan(monitors, replace(kept, log_project="somebody-elses"))
    text = comment("acme", [compare("prod", Side(monitors, before), Side(monitors, after))])
    assert "- deleted LogProject `log.project`" in text
    assert "logs are lost" not in text


def test_protecting_objects_changes_nothing_in_the_cloud(monitors):
    assert fates(plan(monitors, STACK), plan(monitors, replace(STACK, protect=True))) == []


def test_the_page_and_the_json_name_losses_too(monitors):
    review = differing(monitors, replace(STACK, name="live"))
    assert "<code>log.project</code> name, description — not harmless: its logs are lost" in page.page([review])
    told = data.as_json([review], "en")["stacks"]["prod"]["resources"]
    assert [one["harm"] for one in told if one["key"] == "log.project"] == ["its logs are lost"]
