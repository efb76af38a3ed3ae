"""`flowvigil plan`, as people call it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from flowvigil import cli

SPEC = "flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n"
CONTACTS = "teams:\n  team: {critical: [ding], warning: [ding]}\ngroups:\n  ding:\n    - {dingtalk: robot}\n"
STACK = "config:\n  alicloud:accountId: '1234567890123456'\n  alicloud:region: cn-hangzhou\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "monitors").mkdir()
    (tmp_path / "monitors" / "poem.yaml").write_text(SPEC)
    (tmp_path / "monitors" / "contacts.yaml").write_text(CONTACTS)
    (tmp_path / "Pulumi.yaml").write_text("name: acme\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_tree_names_carrier_and_reason(project, capsys):
    assert cli.run(["plan", "--lang", "en"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "acme-prod · cn-hangzhou · 1234567890123456"
    p95 = next(place for place, line in enumerate(lines) if " p95  > 8s critical" in line)
    assert lines[p95].endswith("→ ding")
    assert lines[p95 + 1].endswith("template: a template can say it")


def test_the_tree_speaks_chinese(project, capsys):
    cli.run(["plan", "--lang", "zh"])
    assert "报警模板: 模板可以表达" in capsys.readouterr().out


def test_json_names_secrets_and_references_only(project, capsys):
    assert cli.run(["plan", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    template = next(one for one in data["flows"]["poem"]["objects"] if one["type"] == "Template")
    contact = next(one for one in data["shared"]["objects"] if one["type"] == "Contact")
    assert template["group"] == {"ref": "flow.poem.group", "attribute": "id"}
    assert contact["dingtalk"] == {"secret": "robot"}


def test_hashes_of_all_stacks_are_keyed_by_stack(project, capsys):
    (project / "Pulumi.eu.yaml").write_text(STACK)
    assert cli.run(["plan", "--all-stacks", "--hash", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(stack, list(slices)) for stack, slices in found.items()] == [
        ("eu", ["poem", "(shared)"]),
        ("prod", ["poem", "(shared)"]),
    ]


def test_limits_say_used_and_allowed(project, capsys):
    assert cli.run(["plan", "--limits"]) == 0
    assert "       1 of 100   rule templates in an account" in capsys.readouterr().out


def test_a_plan_beyond_a_limit_says_so_with_what_to_do(project, capsys):
    """34 flows of several reporters, each with P95 and two streaks, and the alert of no_reports: 103 alerts."""
    for number in range(34):
        text = SPEC.replace("flow: poem", f"flow: poem-{number}").replace("owner: team", "owner: team\nreporters: many")
        (project / "monitors" / f"poem-{number}.yaml").write_text(text)
    assert cli.run(["plan", "--lang", "en"]) == 0
    said = (
        "alerts in a Log Service project: 103, and 100 are allowed (Log Service, limits of alerts); give some flows a "
        "Log Service project of their own (logs: in their folder's defaults), or ask for 200 by ticket"
    )
    assert capsys.readouterr().out.splitlines()[-1] == f"! {said}"
    assert cli.run(["plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == [said]


def test_the_forecast_of_a_flow_that_runs_once_a_minute(project, capsys):
    """43,800 minutes of a run of 420 bytes and a report of 300 are 0.031536 GB, at 0.4 CNY."""
    assert cli.run(["plan", "--cost", "--json"]) == 0
    drivers = {one["unit"].split(",")[0]: one for one in json.loads(capsys.readouterr().out)["drivers"]}
    assert (drivers["GB written"]["amount"], drivers["GB written"]["cny"]) == (0.032, 0.01)


def test_the_forecast_says_that_a_price_is_to_be_checked(project, capsys):
    assert cli.run(["plan", "--cost", "--lang", "en"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Cost forecast, a month · prod"
    assert any("GB written" in line and "0.01 CNY (price of 2025-03-07, to be checked)" in line for line in lines)


def test_a_chinese_forecast_counts_in_chinese(project, capsys):
    cli.run(["plan", "--cost", "--lang", "zh"])
    counted = [line.split("  ")[-1].partition(":")[0] for line in capsys.readouterr().out.splitlines()[1:-1]]
    assert counted == [
        "自定义监控时间线 × 小时",
        "原始数据点（PutCustomMetric，Type 0）",
        "GB 写入量，含 30 天存储",
        "每月 DescribeMetricLast、List、Data、Top 调用",
        "条短信",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--hash", "--limits"], "--hash, --limits and --cost are three different things: one at a time\n"),
        (["--all-stacks", "-s", "prod"], "--all-stacks and --stack both say which stacks; give one of them\n"),
    ],
)
def test_two_wishes_at_once_are_bad_usage(project, capsys, options, said):
    assert cli.run(["plan", *options]) == 2
    assert capsys.readouterr() == ("", said)


def test_a_plan_that_cannot_be_is_refused_without_a_traceback(project, capsys):
    (project / "monitors" / "poem.yaml").write_text(SPEC.replace("8s}", "8s, period: 5m, for: 5m}"))
    (project / "Pulumi.prod.yaml").write_text(STACK + "  flowvigil:rules: template\n")
    assert cli.run(["plan"]) == 2
    said = capsys.readouterr().err
    assert (
        "poem.yaml: poem: p95: rules: template cannot carry it: a template's rules have no period of their own" in said
    )


@pytest.mark.engine
def test_planning_never_imports_the_engine(project):
    code = "import sys; from flowvigil import cli; cli.run(['plan']); sys.exit('pulumi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
