"""What a run of ours tells the policy pack."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from flowvigil.deploy.policy_pack import BEFORE, PROTECTED, configured, policy_pack, rules_in
from flowvigil.deploy.project import ProjectError


def resource(kind, **inputs):
    return {"type": f"alicloud:any/thing:{kind}", "inputs": inputs}


def test_rules_of_templates_count_one_by_one():
    template = resource("MetricRuleTemplate", alertTemplates=[{}, {}, {}])
    deployment = {"resources": [resource("ServiceMetricAlarmRule"), template, resource("AlarmContact")]}
    assert rules_in(deployment) == 4


def test_a_stack_without_a_state_has_no_rules():
    assert rules_in({"resources": None}) == 0


def test_what_the_run_knows_stands_beside_what_the_file_says(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"alarms-do-not-vanish-at-once": {"maxRules": 5}, "recovery-is-told": "mandatory"}))
    assert configured(path, before=7, protected=False) == {
        "alarms-do-not-vanish-at-once": {"before": 7, "maxRules": 5},
        "templates-are-verified": {"verified": True},
        "log-projects-are-protected": {"protected": False},
        "recovery-is-told": "mandatory",
    }


def test_the_files_own_words_win(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"alarms-do-not-vanish-at-once": "disabled"}')
    assert configured(path, before=7, protected=True)["alarms-do-not-vanish-at-once"] == "disabled"


def test_without_a_file_only_what_the_run_knows_is_told(tmp_path):
    told = configured(tmp_path / "config.json", before=1, protected=True)
    assert told["alarms-do-not-vanish-at-once"] == {"before": 1}


@pytest.mark.parametrize(("pretend", "before", "protected"), [("", 1, False), ("127.0.0.1:8474", 0, True)])
def test_on_the_pretend_cloud_nothing_counts_as_lost(tmp_path, pretend, before, protected):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "PulumiPolicy.yaml").touch()
    project = SimpleNamespace(root=tmp_path)
    target = SimpleNamespace(project=project, pretend=pretend, stack=SimpleNamespace(name="prod", protect=False))
    with policy_pack(target, {"resources": [resource("ServiceMetricAlarmRule")]}) as flags:
        told = json.loads(Path(flags[3]).read_text())
    assert (told[BEFORE], told[PROTECTED]) == ({"before": before}, {"protected": protected})


@pytest.mark.parametrize(("text", "said"), [("{", "policies/config.json: "), ("[]", "must be an object")])
def test_a_broken_file_is_told(tmp_path, text, said):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ProjectError, match=said):
        configured(path, before=1, protected=True)
