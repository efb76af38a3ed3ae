"""What the base's policies say of a change stands in its comment; the pack runs in a process of its own."""

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine
PACK = Path(__file__).parents[2] / "policies"
NOISY = """\
import os
from pulumi_policy import PolicyPack, ResourceValidationPolicy

def validate(args, report):
    print("noise on standard output")
    report(f"{args.name}: {sorted(name for name in os.environ if 'TOKEN' in name or 'KEY' in name)}")

PolicyPack("own", policies=[ResourceValidationPolicy(name="own", description="d", validate=validate)])
"""


@pytest.fixture
def judged(repo):
    """The repository with this project's policies on main, and a change that has left it."""
    repo.git("checkout", "-q", "main")
    shutil.copytree(PACK, repo.root / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    repo.write("policies/config.json", '{"rules-say-owner-and-runbook": "disabled"}')
    repo.commit("policies")
    repo.git("checkout", "-q", "-B", "change")
    return repo


def findings(flowvigil, *arguments):
    code, out, error = flowvigil("review", "--base", "main", "--json", *arguments)
    assert code == 0, error
    told = json.loads(out)
    return told["notes"], [one for one in told["stacks"]["prod"]["findings"] if "policy" in one]


def test_what_a_change_breaks_is_named_with_policy_and_level(judged, flowvigil):
    judged.write("Pulumi.prod.yaml", (judged.root / "Pulumi.prod.yaml").read_text() + "  flowvigil:retentionDays: 3\n")
    judged.commit()
    _, found = findings(flowvigil)
    assert found == [
        "mandatory policy logs-are-kept-long-enough: log.store keeps logs for 3 days; 7 to 365 are allowed. "
        "Set flowvigil:retentionDays."
    ]
    _, out, _ = flowvigil("review", "--base", "main", "--lang", "zh")
    assert "- 强制策略 `logs-are-kept-long-enough`：`log.store keeps logs" in out


def test_what_was_broken_before_is_not_named_again_though_it_changes(judged, flowvigil):
    judged.git("checkout", "-q", "main")
    stack = (judged.root / "Pulumi.prod.yaml").read_text()
    judged.write("Pulumi.prod.yaml", stack + "  flowvigil:retentionDays: 3\n")
    judged.commit()
    judged.git("checkout", "-q", "-B", "change")
    judged.edit("Pulumi.prod.yaml", "retentionDays: 3", "retentionDays: 4")
    judged.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    assert findings(flowvigil) == ([], [])


def test_a_stack_that_broke_a_policy_before_is_not_told_again_because_a_name_has_another_hash(judged, flowvigil):
    judged.git("checkout", "-q", "main")
    judged.write("policies/config.json", '{"critical-reaches-someone-on-call": {"pattern": "pager"}}')
    judged.commit("only pagers count")
    judged.git("checkout", "-q", "-B", "change")
    judged.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    assert findings(flowvigil) == ([], [])
    judged.write("monitors/fresh.yaml", "flow: fresh\nowner: model-team\nalarms: {p95: {critical: 8s}}\n")
    judged.commit()
    told = [one for one in findings(flowvigil)[1] if "critical-reaches-someone-on-call" in one]
    assert told != []
    assert [one for one in told if ": acme-prod-fresh-" not in one] == []


def test_rules_that_vanish_at_once_are_counted_from_the_base(judged, flowvigil):
    judged.write("policies/config.json", '{"alarms-do-not-vanish-at-once": {"maxRules": 3}}')
    judged.git("checkout", "-q", "-B", "main")
    judged.commit("stricter")
    judged.git("checkout", "-q", "-B", "change")
    (judged.root / "monitors/poem.yaml").unlink()
    judged.commit("poem is gone")
    _, found = findings(flowvigil)
    assert [one.split(":")[0] for one in found] == ["mandatory policy alarms-do-not-vanish-at-once"]


def test_a_change_that_loosens_the_policies_is_judged_by_those_of_the_base(judged, flowvigil):
    judged.write("policies/config.json", '{"logs-are-kept-long-enough": "disabled"}')
    judged.write("policies/__main__.py", "raise SystemExit('never run')")
    judged.write("Pulumi.prod.yaml", (judged.root / "Pulumi.prod.yaml").read_text() + "  flowvigil:retentionDays: 3\n")
    judged.commit()
    notes, found = findings(flowvigil)
    assert notes == ["this change edits policies/; what follows was judged by the base's policies"]
    assert len(found) == 1


def test_the_pack_gets_no_token_and_may_print_what_it_likes(judged, flowvigil, monkeypatch):
    judged.git("checkout", "-q", "main")
    judged.write("policies/__main__.py", NOISY)
    judged.commit("our own")
    judged.git("checkout", "-q", "-B", "change")
    judged.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    for name in ("GITHUB_TOKEN", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.setenv(name, "canary")
    _, found = findings(flowvigil)
    assert found == []  # the base's objects broke it already, whatever it says
    judged.write("monitors/fresh.yaml", "flow: fresh\nowner: model-team\nalarms: {p95: {critical: 8s}}\n")
    judged.commit()
    _, found = findings(flowvigil)
    assert {one.rpartition(": ")[2] for one in found} == {"[]"}
    assert any("flow.fresh." in one for one in found)


def test_a_pack_that_cannot_be_asked_is_said_and_the_review_goes_on(judged, flowvigil):
    judged.git("checkout", "-q", "main")
    judged.write("policies/__main__.py", "import pulumi_policy\nimport nowhere\n")
    judged.commit("broken")
    judged.git("checkout", "-q", "-B", "change")
    judged.edit("monitors/poem.yaml", "critical: 9s", "critical: 12s")
    notes, found = findings(flowvigil)
    assert notes == ["the policies could not be asked: ModuleNotFoundError: No module named 'nowhere'"]
    assert found == []
    assert "over 12s, was 9s" in flowvigil("review", "--base", "main")[1]


def test_a_change_without_any_effect_asks_nobody(judged, flowvigil):
    judged.git("checkout", "-q", "main")
    judged.write("policies/__main__.py", "raise SystemExit('asked')")
    judged.commit("loud")
    judged.git("checkout", "-q", "-B", "change")
    judged.write("README.md", "text")
    judged.commit()
    assert findings(flowvigil) == ([], [])
