"""The command as people and scripts meet it."""

from __future__ import annotations

import json
import shlex

import pytest

from flowvigil.cli import run


@pytest.fixture
def complete(computer, monkeypatch):
    computer.executable("bin/pulumi", 'echo "v3.260.1"; [ "$1" = version ] || echo "$PULUMI_HOME" "$@"')
    computer.executable("home/.pulumi/plugins/resource-alicloud-v3.106.0/pulumi-resource-alicloud", "")
    for name, value in computer.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    return computer


def test_status_names_every_part_with_version_and_source(complete, capfd):
    assert run(["engine", "status"]) == 0
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert [line[:2] for line in lines[:3]] == [["cli", "3.260.1"], ["language-host", "-"], ["provider", "3.106.0"]]


def test_status_for_machines_is_one_json_document(complete, capfd):
    assert run(["engine", "status", "--json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["parts"]["provider"] == {
        "version": "3.106.0",
        "source": "the user's plug-ins",
        "path": f"{complete.root}/home/.pulumi/plugins/resource-alicloud-v3.106.0/pulumi-resource-alicloud",
    }
    assert document["pulumi"] == f"{document['bin']}/pulumi"


def test_status_for_a_shell_sets_what_a_plain_pulumi_needs(complete, capfd):
    run(["engine", "status", "--env"])
    variables = dict(shlex.split(line)[1].split("=", 1) for line in capfd.readouterr().out.splitlines())
    assert sorted(variables) == [
        "PATH",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
        "PULUMI_HOME",
        "PULUMI_IGNORE_AMBIENT_PLUGINS",
        "PULUMI_SKIP_UPDATE_CHECK",
    ]


def test_a_missing_engine_ends_with_3_and_the_command_that_helps(complete, capfd):
    (complete.root / "bin" / "pulumi").unlink()
    assert run(["engine", "status"]) == 3
    assert capfd.readouterr().err == "the engine is not complete: no pulumi; run `flowvigil engine install`\n"


def test_nothing_to_pack_ends_with_3(complete, capfd):
    assert run(["engine", "pack", str(complete.root / "x.tar.gz")]) == 3
    assert "nothing of ours to pack" in capfd.readouterr().err


def test_exec_hands_everything_after_the_dashes_to_pulumi(complete, monkeypatch):
    seen = []
    monkeypatch.setattr("os.execve", lambda path, arguments, environ: seen.append((path, arguments, environ)))
    run(["engine", "exec", "--", "up", "--help", "-s", "dev"])
    path, arguments, environ = seen[0]
    assert arguments == ["pulumi", "up", "--help", "-s", "dev"]
    assert environ["PATH"].startswith(f"{path.parent}:")
