"""What a rule's target writes into the stack's store."""

from __future__ import annotations

import pytest

from flowvigil.deploy.log_door import LogDoor
from flowvigil.deploy.probe.bench import Store
from flowvigil.deploy.probe.target import aim, target_log
from tests.emulator.lines import PROJECT, STORE, group, index

from .conftest import NOW

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds


@pytest.fixture
def bench(site):
    found = site.bench()
    found.store = Store(LogDoor(found.cloud, site.address), PROJECT, STORE)
    return found


@pytest.fixture
def store(site):
    site.sls("POST", "", "/", {"projectName": PROJECT, "description": ""})
    site.sls("POST", PROJECT, "/logstores", {"logstoreName": STORE, "ttl": 30})
    site.sls("POST", PROJECT, f"/logstores/{STORE}/index", index())


def test_the_fields_of_the_line_are_told(bench, store, site):
    bench.put_rule("plain")
    assert aim(bench, "plain") == ""
    fields = {"ruleId": f"{bench.prefix}-plain", "level": "CRITICAL", "curValue": "5"}
    site.put_lines(PROJECT, STORE, group((NOW // 1000, fields)))
    fact = target_log(bench, "plain", "", NOW)
    assert fact.answer == "curValue,level,ruleId"
    assert fact.seen.startswith("1 lines; the first holds {")


def test_a_target_that_writes_nothing_is_not_known(bench, store):
    bench.put_rule("plain")
    assert aim(bench, "plain") == ""
    fact = target_log(bench, "plain", "", NOW)
    assert (fact.answer, fact.seen) == (None, "the target was taken, and no line with the rule's id came")


def test_a_stack_that_is_not_up_has_no_store_to_aim_at(bench):
    bench.put_rule("plain")
    why = aim(bench, "plain")
    assert "bring it up first" in why
    assert target_log(bench, "plain", why, NOW).answer is None


def test_a_target_that_is_refused_says_so(bench, store):
    assert aim(bench, "absent").startswith("PutMetricRuleTargets was refused (ResourceNotFound: ")
