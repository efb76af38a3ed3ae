"""Pipelines for CI: legal for their platforms, no secret beside the code of a change, every command one that exists."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from itertools import product
from pathlib import Path

import jsonschema
import pytest
import yaml

from flowvigil.cli import group
from flowvigil.scaffold.pipelines import PLATFORMS, Pipelines, next_of, problems_of, render_pipelines

ROOT = Path(__file__).parents[2]
SCHEMAS = {"github": "github-workflows", "gitlab": "gitlab-ci"}
BACKENDS = ("", "s3://state?region=cn-hangzhou", "https://api.pulumi.com")
CASES = [Pipelines(*case) for case in product(PLATFORMS, [(), ("prod",), ("staging", "prod")], ["main"], BACKENDS)]


def trees(wanted):
    return {path: yaml.load(text, Loader=yaml.CSafeLoader) for path, text in render_pipelines(wanted).items()}


def lines(wanted):
    """Every shell line of the pipelines."""
    return [line for tree in trees(wanted).values() for line in commands(tree)]


def commands(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in ("run", "script", "before_script"):
                lines = value if isinstance(value, list) else value.splitlines()
                yield from lines
            else:
                yield from commands(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from commands(one)


@pytest.mark.parametrize("wanted", [one for one in CASES if one.platform in SCHEMAS], ids=str)
def test_a_pipeline_satisfies_the_schema_that_its_platform_publishes(wanted):
    vendor = files("check_jsonschema").joinpath("builtin_schemas", "vendor", f"{SCHEMAS[wanted.platform]}.json")
    validator = jsonschema.validators.validator_for(schema := json.loads(vendor.read_text("utf-8")))(schema)
    for tree in trees(wanted).values():
        told = {("on" if key is True else key): value for key, value in tree.items()}  # YAML 1.1 reads `on` as true
        assert [error.message for error in validator.iter_errors(told)] == []


@pytest.mark.parametrize("wanted", [one for one in CASES if one.platform == "yunxiao"], ids=str)
def test_a_flow_pipeline_has_the_parts_that_the_reference_asks_for(wanted):
    for path, tree in trees(wanted).items():
        (source,) = tree["sources"].values()
        assert source["triggerEvents"] == (["push"] if "deploy" in path else ["mergeRequestOpenedOrUpdate"])
        assert (source["type"], source["certificate"]["type"]) == ("codeup", "serviceConnection")
        steps = [
            step
            for stage in tree["stages"].values()
            for job in stage["jobs"].values()
            for step in job["steps"].values()
        ]
        assert [(step["step"], list(step["with"])) for step in steps] == [("Command", ["run"])]


@pytest.mark.parametrize("wanted", CASES, ids=str)
def test_every_flowvigil_command_in_a_pipeline_exists_with_its_options(wanted):
    found = [line.split("flowvigil ", 1)[1] for line in lines(wanted) if "flowvigil " in line]
    assert len(found) >= 4
    for line in found:
        command, words = group, re.findall(r"[a-z-]+", line)
        while hasattr(command, "get_command"):
            command, words = command.get_command(None, words[0]), words[1:]
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", line)) <= known, line


@pytest.mark.parametrize("wanted", CASES, ids=str)
def test_only_stacks_on_an_account_are_deployed_and_all_of_them_are_previewed(wanted):
    text = "\n".join(render_pipelines(wanted).values())
    assert ("flowvigil up" in text) is bool(wanted.stacks)
    assert [stack for stack in wanted.stacks or ["local"] if f"preview --stack {stack} --base" not in text] == []
    assert "%{" not in text


def test_no_job_that_runs_the_code_of_a_pull_request_sees_a_secret_or_may_write():
    for wanted in (one for one in CASES if one.platform == "github"):
        (tree,) = trees(wanted).values()
        job = tree["jobs"]["preview"]
        assert job["permissions"] == {"contents": "read"}
        assert [word for word in ("secrets.", "github.token") if word in json.dumps(job)] == []
        assert "environment" not in job
        assert all(
            one["with"]["persist-credentials"] is False for one in job["steps"] if "checkout" in one.get("uses", "")
        )


def test_the_job_that_may_comment_checks_out_nothing_of_the_change():
    (tree,) = trees(Pipelines("github", ("prod",))).values()
    job = tree["jobs"]["comment"]
    assert job["if"] == "github.event_name == 'pull_request_target'"
    assert [one.get("with") for one in job["steps"] if "checkout" in one.get("uses", "")] == [{"fetch-depth": 0}]
    assert tree["permissions"] == {}
    text = render_pipelines(Pipelines("yunxiao"))[".yunxiao/flowvigil-comment.yaml"]
    assert text.index("git checkout --quiet --detach FETCH_HEAD") < text.index("pip install")


def test_only_jobs_that_run_merged_code_get_an_identity_and_no_job_an_access_key():
    for wanted in CASES:
        text = "\n".join(render_pipelines(wanted).values())
        assert "ALIBABA_CLOUD_ACCESS_KEY" not in text
    (tree,) = trees(Pipelines("github", ("prod",))).values()
    assert [name for name, job in tree["jobs"].items() if "id-token" in job["permissions"]] == ["deploy", "verify"]
    assert [tree["jobs"][name]["if"] for name in ("deploy", "verify")] == [
        "github.event_name == 'push'",
        "github.event_name == 'schedule'",
    ]


@pytest.mark.parametrize(
    ("backend", "names"),
    [
        ("", ["PULUMI_CONFIG_PASSPHRASE"]),
        ("s3://state", ["PULUMI_CONFIG_PASSPHRASE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]),
        ("https://api.pulumi.com", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN"]),
    ],
)
def test_the_deploying_job_gets_what_its_backend_needs(backend, names):
    (tree,) = trees(Pipelines("github", ("prod",), backend=backend)).values()
    for job in ("deploy", "verify"):
        told = tree["jobs"][job]["steps"][-1]["env"]
        assert [name for name in told if not name.startswith("ALIBABA_CLOUD")] == names
    assert all(name in "\n".join(next_of(Pipelines("gitlab", ("prod",), backend=backend))) for name in names)


def test_names_that_would_break_out_of_a_pipeline_are_refused():
    wrong = problems_of(Pipelines("github", ("a b",), "main]; rm"))
    assert [line.split(":")[0] for line in wrong] == ["--branch 'main]; rm'", "stack 'a b'"]


def test_this_repository_uses_what_it_writes_for_others():
    ours = Pipelines("github", install="pip install -c constraints.txt '.[provision,local]'")
    for path, text in render_pipelines(ours).items():
        assert (ROOT / path).read_text("utf-8") == text


def test_every_variable_of_a_pipeline_is_explained():
    page = (ROOT / "docs/ci.md").read_text("utf-8")
    wanted = [name for one in CASES for name in one.secrets]
    for name in {*wanted, "ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "GITLAB_TOKEN", "YUNXIAO_TOKEN"}:
        assert f"`{name}`" in page
