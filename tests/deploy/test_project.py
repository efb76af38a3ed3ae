"""A project's own files: what is wrong with them is a sentence with its place."""

import pytest

from flowvigil.cli import run
from flowvigil.deploy.project import ProjectError, find_project


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(["init", "--name", "acme"])
    capsys.readouterr()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [\n", "Pulumi.yaml:2:1: not YAML: did not find expected node content"),
        ("nam: acme\n", "Pulumi.yaml: name: is missing; give the project's name, such as flow-monitors"),
        ("- a\n", "Pulumi.yaml: must be a mapping"),
        (b"\xff", "Pulumi.yaml: not YAML: invalid leading UTF-8 octet"),
    ],
)
def test_a_project_file_that_is_wrong_is_told_with_its_place(project, text, said):
    (project / "Pulumi.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ProjectError) as told:
        find_project(project)
    assert str(told.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: [a]\n", "Pulumi.local.yaml: config: must be a mapping of settings\n"),
        ("config: {1: a}\n", "Pulumi.local.yaml: config: must be a mapping of settings\n"),
        ("config:\n\ta: b\n", "Pulumi.local.yaml:2:1: not YAML: found character that cannot start any token\n"),
    ],
)
def test_a_stacks_file_that_is_wrong_is_told_with_its_place(project, capsys, text, said):
    (project / "Pulumi.local.yaml").write_text(text)
    assert run(["plan"]) == 2
    assert capsys.readouterr().err == said


def test_a_stack_may_have_a_dot_in_its_name(project):
    (project / "Pulumi.local.yaml").rename(project / "Pulumi.cn.prod.yaml")
    assert find_project(project).stacks() == ["cn.prod"]
    assert run(["plan"]) == 0
