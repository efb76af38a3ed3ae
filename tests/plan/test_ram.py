"""What each role may do, and who may be the reporter."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.monitor import LogStore
from flowvigil.provisioner.plan import PlanError, plan
from flowvigil.provisioner.ram import documents, trust
from flowvigil.provisioner.stack import Trust

from .builders import STACK, monitor, monitors


def statements(who, stack=STACK, places=()):
    return json.loads(documents(stack, places)[who])["Statement"]


def test_a_reporter_may_put_metrics_and_write_to_its_stores_only():
    project = "acs:log:cn-hangzhou:1234567890123456:project"
    found = statements("reporter", places=(LogStore("theirs", "app"),))
    assert [(one["Action"], one["Resource"]) for one in found] == [
        (["cms:PutCustomMetric"], ["*"]),
        (["log:PostLogStoreLogs"], [f"{project}/acme-prod-8094c3/logstore/runs", f"{project}/theirs/logstore/app"]),
    ]


def test_a_relay_may_report_and_ask_the_stores_of_runs_only():
    project = "acs:log:cn-hangzhou:1234567890123456:project"
    found = statements("relay", places=(LogStore("theirs", "app"),))
    assert [(one["Action"], one["Resource"]) for one in found] == [
        (["cms:PutCustomMetric"], ["*"]),
        (["log:GetLogStoreLogs"], [f"{project}/acme-prod-8094c3/logstore/runs", f"{project}/theirs/logstore/app"]),
    ]


def test_a_stack_makes_no_policy_for_the_relay():
    made = [one.key for one in plan(monitors(monitor()), STACK).objects if isinstance(one, o.RamPolicy)]
    assert made == ["ram.reporter", "ram.provisioner", "ram.reader"]


def test_a_reader_may_change_nothing():
    verbs = [action.split(":")[1] for one in statements("reader") for action in one["Action"]]
    assert all(verb.startswith(("Describe", "Query", "Get", "List")) for verb in verbs)


def test_a_provisioner_touches_ram_objects_of_its_own_prefix_only():
    (ram,) = [one for one in statements("provisioner") if one["Action"][0].startswith("ram:")]
    assert ram["Resource"] == [
        "acs:ram::1234567890123456:policy/acme-prod-*",
        "acs:ram::1234567890123456:role/acme-prod-*",
    ]


def test_a_provisioner_makes_and_removes_only_the_stacks_own_project():
    def may_delete(stack, places=()):
        log = [one for one in statements("provisioner", stack, places) if "log:DeleteDashboard" in one["Action"]]
        return {one["Resource"][0].rpartition("/")[2]: "log:DeleteProject" in one["Action"] for one in log}

    assert may_delete(STACK, (LogStore("theirs", "app"),)) == {"acme-prod-8094c3": True, "theirs": False}
    assert may_delete(replace(STACK, log_project="existing")) == {"existing": False}


def test_pods_need_their_clusters_provider_named():
    with pytest.raises(PlanError, match=r"Pulumi.prod.yaml: flowvigil:oidcProvider is missing"):
        plan(monitors(monitor()), replace(STACK, trust=Trust.RRSA))


def test_a_provisioner_without_shared_objects_needs_no_ram_right():
    found = statements("provisioner", replace(STACK, shared=False, shared_prefix="acme-eu"))
    assert not [one for one in found if one["Action"][0].startswith("ram:")]


@pytest.mark.parametrize(("who", "service"), [(Trust.ECS, "ecs.aliyuncs.com"), (Trust.FC, "fc.aliyuncs.com")])
def test_a_service_may_assume_the_reporters_role(who, service):
    (statement,) = json.loads(trust(replace(STACK, trust=who)))["Statement"]
    assert statement["Principal"] == {"Service": [service]}


def test_pods_assume_the_role_through_their_clusters_provider():
    (statement,) = json.loads(trust(replace(STACK, trust=Trust.RRSA, oidc_provider="ack-rrsa-c1")))["Statement"]
    assert statement["Principal"] == {"Federated": ["acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1"]}
    assert statement["Condition"] == {"StringEquals": {"oidc:aud": ["sts.aliyuncs.com"]}}


def test_a_role_is_made_and_attached_only_when_somebody_may_assume_it():
    def kinds(stack):
        return {type(one) for one in plan(monitors(monitor()), stack).objects}

    assert {o.RamRole, o.RamAttachment} & kinds(STACK) == set()
    assert {o.RamRole, o.RamAttachment} <= kinds(replace(STACK, trust=Trust.ECS))
