"""`flowvigil export policies`: what an account's owner has to allow, before anything is there."""

from __future__ import annotations

import json

import pytest

from flowvigil.cli import run


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    run(["init"])
    capsys.readouterr()
    return tmp_path / "shop"


def test_policies_of_all_four_parties_are_printed(project, capsys):
    assert run(["export", "policies"]) == 0
    assert sorted(json.loads(capsys.readouterr().out)) == ["provisioner", "reader", "relay", "reporter"]


def test_one_partys_document_can_be_handed_to_ram_as_it_is(project):
    assert run(["export", "policies", "--for", "reporter", "-o", "reporter.json"]) == 0
    document = json.loads((project / "reporter.json").read_text())
    assert [one["Action"] for one in document["Statement"]] == [["cms:PutCustomMetric"], ["log:PostLogStoreLogs"]]


def test_a_reporter_may_write_its_own_store_and_that_of_a_flow_that_names_one(project, capsys):
    with (project / "monitors/my-flow.yaml").open("a") as spec:
        spec.write("logs: {project: llm-prod, logstore: runs}\n")
    run(["export", "policies", "--for", "reporter"])
    stores = json.loads(capsys.readouterr().out)["Statement"][1]["Resource"]
    assert "acs:log:cn-hangzhou:1000000000000001:project/llm-prod/logstore/runs" in stores
    assert len(stores) == 2


def test_a_broken_spec_is_told_with_its_line(project, capsys):
    (project / "monitors/my-flow.yaml").write_text("flow: my-flow\nowner: nobody\n")
    assert run(["export", "policies"]) == 2
    assert "my-flow.yaml:2:8: " in capsys.readouterr().err
