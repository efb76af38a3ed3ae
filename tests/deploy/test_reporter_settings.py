"""The reporters' settings file: the plan's series under the ids that the stack's groups really have."""

from __future__ import annotations

import pytest

from flowvigil.deploy.exported import STACK
from flowvigil.deploy.project import find_project, load_target
from flowvigil.deploy.reporter_settings import NotUp, endpoints, outdated, reporter_settings
from flowvigil.scaffold.answers import Answers
from flowvigil.scaffold.rendering import render
from flowvigil.scaffold.writing import write

CONFIG = {"flowvigil:emulator": "127.0.0.1:9999"}


@pytest.fixture
def plan(tmp_path):
    write(tmp_path, render(Answers("shop", "support-answer")))
    return load_target(find_project(tmp_path), "local").plan


def state(plan, group="4711", settings_hash=None):
    made = [
        {"type": "alicloud:cms/monitorGroup:MonitorGroup", "urn": f"x::{plan.groups['support-answer']}", "id": group}
    ]
    outputs = {"reporterSettings": {"hash": settings_hash}} if settings_hash else {}
    return {"resources": [{"type": STACK, "urn": "x::stack", "outputs": outputs}, *made]}


def test_a_flow_reports_into_the_group_that_the_stack_made(plan):
    assert reporter_settings(plan, state(plan), CONFIG).flows[0].group_id == "4711"


def test_the_same_stack_gives_the_same_hash(plan):
    first, second = (reporter_settings(plan, state(plan), CONFIG) for _ in range(2))
    assert len(first.hash) == 16
    assert first.hash == second.hash


def test_another_group_gives_another_hash(plan):
    first, second = (reporter_settings(plan, state(plan, group), CONFIG) for group in ("1", "2"))
    assert first.hash != second.hash


def test_a_stack_that_was_never_up_is_named_with_the_command(plan):
    with pytest.raises(NotUp) as told:
        reporter_settings(plan, {"resources": []}, CONFIG)
    assert str(told.value) == ("not in stack local yet: support-answer; bring it up first: flowvigil up -s local")


def test_settings_are_current_when_the_stacks_output_carries_their_hash(plan):
    settings = reporter_settings(plan, state(plan), CONFIG)
    assert not outdated(settings, state(plan, settings_hash=settings.hash))


def test_settings_are_outdated_when_the_specs_have_changed_since(plan):
    assert outdated(reporter_settings(plan, state(plan), CONFIG), state(plan, settings_hash="0123456789abcdef"))


def test_on_the_pretend_cloud_reporters_send_to_it():
    assert endpoints(CONFIG) == {"cms": "http://127.0.0.1:9999", "log": "http://127.0.0.1:9999"}


def test_on_an_account_the_region_decides():
    assert endpoints({"alicloud:region": "cn-hangzhou"}) == {}


def test_an_endpoint_of_the_stack_is_the_reporters_too():
    config = {"alicloud:endpoints": [{"cms": "metrics.example.com", "sts": "sts.example.com"}]}
    assert endpoints(config) == {"cms": "https://metrics.example.com"}
