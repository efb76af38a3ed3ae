"""The files of a new project: readable by our own readers, and the same as this repository's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from flowvigil.deploy.project import Project, find_project, load_target
from flowvigil.provisioner.objects import secret_names
from flowvigil.scaffold.answers import Answers
from flowvigil.scaffold.rendering import render
from flowvigil.scaffold.writing import write

ROOT = Path(__file__).parents[2]
SHOP = Answers("shop", "support-answer", "assistant-team", port=9999)
PROD = replace(
    SHOP, stack="prod", account="1234567890123456", region="ap-southeast-1", site="intl", backend="oss://states"
)


@pytest.fixture
def project(tmp_path) -> Project:
    write(tmp_path, render(PROD))
    return find_project(tmp_path)


def test_a_new_project_plans_without_a_problem_on_the_pretend_cloud(project):
    assert [one.flow for one in load_target(project, "local").monitors.monitors] == ["support-answer"]


def test_the_stack_on_an_account_says_where_it_is(project):
    stack = load_target(project, "prod").stack
    assert (stack.account_id, stack.region, stack.international) == ("1234567890123456", "ap-southeast-1", True)


def test_the_pretend_cloud_needs_no_secret_from_the_user(project):
    named = secret_names(load_target(project, "local").plan.objects)
    assert {f"webhook:{name}" for name in named} == project.secrets("local")


def test_the_pretend_cloud_is_on_the_port_that_was_asked_for(project):
    assert "8474" not in (project.root / "Pulumi.local.yaml").read_text()
    assert project.config("local")["flowvigil:emulator"] == "127.0.0.1:9999"


def test_without_an_account_there_is_only_the_stack_on_the_pretend_cloud(tmp_path):
    write(tmp_path, render(SHOP))
    assert find_project(tmp_path).stacks() == ["local"]


def test_log_projects_on_an_account_outlive_the_stack(project):
    assert load_target(project, "prod").stack.protect


def test_the_spec_of_a_new_project_has_six_lines():
    assert len(render(SHOP)["monitors/support-answer.yaml"].splitlines()) == 6


def test_the_program_and_the_policies_are_those_of_the_repository():
    files = render(SHOP)
    for path in ("__main__.py", *(f"policies/{one.name}" for one in (ROOT / "policies").glob("*.*"))):
        assert files[path] == (ROOT / path).read_text(), path


def test_the_repositorys_own_local_stack_is_one_that_init_writes():
    ours = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]
    written = yaml.safe_load(render(replace(SHOP, port=8474))["Pulumi.local.yaml"])["config"]
    assert _without_secrets(written) == _without_secrets(ours)


def test_the_repositorys_own_project_file_is_one_that_init_writes():
    written = render(replace(SHOP, project="flowvigil", virtualenv=".venv"))["Pulumi.yaml"]
    assert yaml.safe_load(written) == yaml.safe_load((ROOT / "Pulumi.yaml").read_text())


def test_without_a_virtual_environment_inside_the_project_none_is_named():
    assert "virtualenv" not in render(SHOP)["Pulumi.yaml"]


def test_the_backend_stands_in_the_project_file():
    assert yaml.safe_load(render(PROD)["Pulumi.yaml"])["backend"]["url"].startswith("s3://states?")


def test_state_and_passphrases_stay_out_of_git():
    assert {".flowvigil/", "*.passphrase"} <= set(render(SHOP)[".gitignore"].splitlines())


def _without_secrets(config):
    return {key: value for key, value in config.items() if not key.startswith("webhook:")}
