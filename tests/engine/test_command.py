"""The command as people and scripts meet it."""

from __future__ import annotations

import json
import shlex
import signal

import pytest

from flowvigil.cli import run
from flowvigil.engine.parts import CLI, PROVIDER, content_key, kept, platform_name


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


def test_the_key_for_a_cache_needs_no_engine_and_holds_what_each_part_is_built_from(complete, capfd):
    (complete.root / "bin" / "pulumi").unlink()
    assert run(["engine", "status", "--key"]) == 0
    key = capfd.readouterr().out.strip()
    assert key == f"flowvigil-engine-{platform_name()}-{content_key(CLI)}-{content_key(PROVIDER)}"


def test_install_for_machines_prints_the_document_of_status_alone(complete, capfd):
    run(["engine", "status", "--json"])
    status = capfd.readouterr().out
    before = signal.getsignal(signal.SIGTERM)
    assert run(["engine", "install", "--json"]) == 0
    assert capfd.readouterr().out == status
    assert signal.getsignal(signal.SIGTERM) is before


def test_nothing_to_pack_ends_with_3(complete, capfd):
    assert run(["engine", "pack", str(complete.root / "x.tar.gz")]) == 3
    assert "nothing of ours to pack" in capfd.readouterr().err


@pytest.fixture
def project(complete, monkeypatch):
    (complete.root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (complete.root / "Pulumi.local.yaml").write_text("config:\n  flowvigil:emulator: 127.0.0.1:1234\n")
    (complete.root / "Pulumi.live.yaml").write_text("config:\n  alicloud:region: cn-hangzhou\n")
    monkeypatch.chdir(complete.root)
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return complete


@pytest.fixture
def started(monkeypatch):
    """The environments that commands were started with, instead of starting them."""
    seen = []
    monkeypatch.setattr("os.execve", lambda path, arguments, environ: seen.append(environ))
    return seen


@pytest.mark.parametrize("arguments", [["up", "--stack", "local"], ["up", "--stack=local"], ["cancel", "local"]])
def test_exec_leads_a_stack_on_the_pretend_cloud_there(project, started, arguments):
    run(["engine", "exec", "--", *arguments])
    assert started[0]["PULUMI_BACKEND_URL"] == f"file://{project.root}/.flowvigil/state"
    assert started[0]["HTTP_PROXY"] == "http://127.0.0.1:1234"


@pytest.mark.parametrize("arguments", [["up", "--stack", "live"], ["version"]])
def test_exec_leaves_other_stacks_to_the_users_own_settings(project, started, arguments):
    run(["engine", "exec", "--", *arguments])
    assert "PULUMI_BACKEND_URL" not in started[0]
    assert "HTTP_PROXY" not in started[0]


def test_status_for_a_shell_can_lead_to_the_pretend_cloud(project, monkeypatch, capfd):
    monkeypatch.setenv("http_proxy", "http://proxy.example")
    assert run(["engine", "status", "--env", "--stack", "local"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert "export HTTP_PROXY=http://127.0.0.1:1234" in lines
    assert "unset http_proxy" in lines


def test_status_of_an_unknown_stack_ends_with_2(project, capfd):
    assert run(["engine", "status", "--env", "--stack", "typo"]) == 2
    assert "there is no Pulumi.typo.yaml; stacks here: live, local" in capfd.readouterr().err


def test_an_archive_that_cannot_be_written_ends_with_2(complete, capfd):
    folder = kept(CLI, complete.environ)
    complete.executable(str(folder.relative_to(complete.root) / "pulumi"), "")
    (folder / "source").write_text("built")
    assert run(["engine", "pack", "/nowhere/x.tar.gz"]) == 2
    assert capfd.readouterr().err == "/nowhere/x.tar.gz cannot be written: No such file or directory\n"


def test_pack_for_machines_says_what_it_wrote(complete, capfd):
    folder = kept(CLI, complete.environ)
    complete.executable(str(folder.relative_to(complete.root) / "pulumi"), "")
    (folder / "source").write_text("built")
    archive = complete.root / "x.tar.gz"
    assert run(["engine", "pack", str(archive), "--json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document == {"archive": str(archive), "parts": [CLI], "bytes": archive.stat().st_size}


def test_exec_hands_everything_after_the_dashes_to_pulumi(complete, monkeypatch):
    seen = []
    monkeypatch.setattr("os.execve", lambda path, arguments, environ: seen.append((path, arguments, environ)))
    run(["engine", "exec", "--", "up", "--help", "-s", "dev"])
    path, arguments, environ = seen[0]
    assert arguments == ["pulumi", "up", "--help", "-s", "dev"]
    assert environ["PATH"].startswith(f"{path.parent}:")
