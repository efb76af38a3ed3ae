"""What doctor says of a project and its stacks."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import yaml

from flowvigil.deploy.health import State, examine
from flowvigil.deploy.health.project import backend, backend_url, passphrase, stack_checks
from flowvigil.deploy.project import find_project
from flowvigil.scaffold.answers import Answers
from flowvigil.scaffold.rendering import render
from flowvigil.scaffold.writing import write

SHOP = Answers("shop", "poem", "team", stack="prod", account="1234567890123456", region="cn-hangzhou")


@pytest.fixture(autouse=True)
def _no_look_at_the_network(monkeypatch):
    monkeypatch.setenv("FLOWVIGIL_ENGINE_URL", "file:///engine.tar.gz")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "state").mkdir()
    write(tmp_path, render(replace(SHOP, backend=f"file://{tmp_path / 'state'}")))
    return find_project(tmp_path)


def checks(project, stack="prod", **environ):
    return {check.about: check for check in stack_checks(project, stack, environ)}


def test_the_pretend_cloud_of_a_new_project_is_well(project):
    found = checks(project, "local")
    assert {check.state for check in found.values()} == {State.OK}
    assert list(found) == ["configuration", "specs", "secrets", "passphrase", "state"]


def test_a_stack_lacks_the_secret_that_its_contacts_name(project):
    found = checks(project)
    check = found["secret"]
    assert "secrets" not in found
    assert (check.state, check.found) == (State.BAD, "team-robot is not set")
    assert check.right == "flowvigil engine exec -- config set --secret --stack prod webhook:team-robot"


def test_an_incomplete_configuration_is_told_and_nothing_that_rests_on_it(project):
    (project.root / "Pulumi.prod.yaml").write_text('config: {alicloud:accountId: "1"}\n')
    found = checks(project)
    assert list(found) == ["configuration"]
    assert found["configuration"].found.startswith("alicloud:region: is missing")


def test_broken_specs_are_counted_with_the_first_of_them(project):
    (project.root / "monitors/poem.yaml").write_text("flow: poem\nowner: nobody\ncolour: red\n")
    check = checks(project)["specs"]
    assert check.state is State.BAD
    assert check.found.startswith("2 problems, the first: ")
    assert "poem.yaml:2:8: " in check.found


def test_a_passphrase_that_is_not_set_is_bad(project):
    assert passphrase(project, "prod", {}).state is State.BAD


def test_a_passphrase_may_be_in_the_environment(project):
    assert passphrase(project, "prod", {"PULUMI_CONFIG_PASSPHRASE": "x"}).state is State.OK


def test_a_passphrase_is_never_shown(project):
    assert "hunter2" not in str(passphrase(project, "prod", {"PULUMI_CONFIG_PASSPHRASE": "hunter2"}))


def test_a_passphrase_file_must_be_there(project):
    file = project.root / "prod.passphrase"
    environ = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    assert passphrase(project, "prod", environ).state is State.BAD
    file.write_text("x")
    assert passphrase(project, "prod", environ).state is State.OK


def test_secrets_kept_by_a_key_service_need_no_passphrase(project):
    with (project.root / "Pulumi.prod.yaml").open("a") as config:
        config.write("secretsprovider: awskms://alias/shop\n")
    assert passphrase(project, "prod", {}).state is State.OK


def test_a_state_folder_that_is_not_there_is_made_in_time(project):
    (project.root / "state").rmdir()
    check = backend(project, "prod", {})
    assert (check.state, check.found) == (State.OK, f"{project.root / 'state'} will be made by the first `up`")


def test_a_state_folder_that_is_there_is_well(project):
    assert backend(project, "prod", {}).found == f"{project.root / 'state'} is writable"


def test_the_environment_outdoes_the_project_file_about_the_state(project):
    assert backend_url(project, "prod", {"PULUMI_BACKEND_URL": "s3://other"}) == "s3://other"


def test_a_project_that_names_no_place_for_its_state_is_told_how(project):
    text = (project.root / "Pulumi.yaml").read_text()
    (project.root / "Pulumi.yaml").write_text(text.partition("backend:")[0])
    assert backend(project, "prod", {}).right == "state `backend: {url: …}` in Pulumi.yaml, or set PULUMI_BACKEND_URL"


def test_outside_a_project_only_the_machine_is_examined(tmp_path):
    last = list(examine(tmp_path))[-1]
    assert (last.about, last.state, last.right) == ("project", State.WARN, "flowvigil init")


def test_an_unknown_stack_is_told_with_those_that_are_there(project):
    last = list(examine(project.root, "staging"))[-1]
    assert (last.state, last.right) == (State.BAD, "stacks here: local, prod")


def test_an_emulator_that_does_not_run_is_only_a_warning(project):
    config = (project.root / "Pulumi.local.yaml").read_text().replace("8474", "9")
    (project.root / "Pulumi.local.yaml").write_text(config)
    found = {check.about: check for check in examine(project.root, "local")}
    assert found["local: pretend cloud"].state is State.WARN
    assert "local: credentials" not in found


def test_a_folder_that_may_not_be_written_is_bad(project, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert backend(project, "prod", {}).found == f"{project.root / 'state'} is not writable"


def test_a_configuration_that_is_no_yaml_is_told_once_and_without_a_traceback(project):
    (project.root / "Pulumi.prod.yaml").write_text("config: [")
    found = [check for check in examine(project.root, "prod") if check.about.startswith("prod: ")]
    assert [(check.about, check.state) for check in found] == [("prod: configuration", State.BAD)]


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("alicloud:endpoints", {"cms": "x"}, "must be a list of mappings, such as - {cms: HOST, sts: HOST}"),
        ("alicloud:endpoints", "x", "must be a list of mappings, such as - {cms: HOST, sts: HOST}"),
        ("alicloud:endpoints", ["x"], "must be a list of mappings, such as - {cms: HOST, sts: HOST}"),
        ("alicloud:assumeRole", "acs:ram::1:role/x", "must be an object with roleArn, or its JSON text"),
        ("alicloud:assumeRole", ["acs:ram::1:role/x"], "must be an object with roleArn, or its JSON text"),
        (
            "alicloud:assumeRoleWithOidc",
            {"roleArn": "acs:ram::1:role/x", "sessionExpiration": "soon"},
            "sessionExpiration is 'soon'; legal are whole numbers of seconds",
        ),
    ],
)
def test_a_nested_setting_of_another_shape_is_told_with_the_right_one(project, key, value, right):
    path = project.root / "Pulumi.prod.yaml"
    data = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({"config": {**data["config"], key: value}}))
    (check,) = [check for check in examine(project.root, "prod") if check.about.startswith("prod: ")]
    assert (check.about, check.state, check.found) == ("prod: configuration", State.BAD, f"{key}: {right}")


def test_a_project_file_that_is_no_mapping_is_bad(project):
    (project.root / "Pulumi.yaml").write_text("- shop\n")
    last = list(examine(project.root))[-1]
    assert (last.about, last.state, last.right) == ("project", State.BAD, "mend Pulumi.yaml")


def test_a_backend_that_is_no_mapping_names_no_place(project):
    text = (project.root / "Pulumi.yaml").read_text().partition("backend:")[0]
    (project.root / "Pulumi.yaml").write_text(text + "backend: file:///srv/state\n")
    assert backend(project, "prod", {}).found == "no place is named"


def test_the_state_of_the_pretend_cloud_is_made_in_the_project(project):
    check = backend(project, "local", {})
    assert (check.state, check.found) == (
        State.OK,
        f"{project.root / '.flowvigil' / 'state'} will be made by the first `up`",
    )


def test_a_bucket_is_not_tried_without_the_engine(project, tmp_path):
    environ = {"PULUMI_BACKEND_URL": "s3://states", "PATH": str(tmp_path), "HOME": str(tmp_path)}
    check = backend(project, "prod", environ)
    assert (check.state, check.right) == (State.MISSING, "flowvigil engine install")


def test_an_engine_that_cannot_reach_the_state_is_quoted(project, tmp_path):
    for name, text in (("pulumi", "3.259.0"), ("pulumi-resource-alicloud", "3.105.0")):
        asked = f'case "$1" in version|-version) echo v{text};; *) echo first >&2; echo last >&2; exit 1;; esac'
        (tmp_path / name).write_text(f"#!/bin/sh\n{asked}\n")
        (tmp_path / name).chmod(0o755)
    environ = {"PULUMI_BACKEND_URL": "s3://states", "PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    check = backend(project, "prod", environ)
    assert (check.state, check.found) == (State.MISSING, "s3://states does not answer: last")
