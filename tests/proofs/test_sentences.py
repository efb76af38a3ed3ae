"""What stands in the way of `up` ends it with the right exit code and one sentence that says what to do."""

import socket
import subprocess
import sys

import pytest

from flowvigil import emulator
from tests.ports import free_port

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def site(make_site):
    return make_site()


@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_missing_secret_is_named_with_the_command_before_anything_is_made(site, command):
    contacts = site.root / "monitors/contacts.yaml"
    kept = contacts.read_text()
    contacts.write_text(kept.replace("assistant-robot", "other-robot"))
    code, printed = getattr(site, command)()
    contacts.write_text(kept)
    assert code == 4
    assert printed.rstrip() == (
        "nothing was changed, because these secrets are not set for stack test; set them with:\n"
        "  flowvigil engine exec -- config set --stack test --secret webhook:other-robot VALUE"
    )
    assert site.writes() == []


@pytest.mark.parametrize("command", ["up", "down"])
def test_where_nobody_can_be_asked_yes_has_to_be_said(site, command):
    code, printed = site.flowvigil(command, "--stack", "test", stdin=subprocess.DEVNULL)
    assert (code, printed) == (2, "nobody can be asked here: nothing was done; say --yes\n")


def test_the_command_of_that_sentence_sets_the_secret(site):
    command = ("config", "set", "--stack", "test", "--secret", "webhook:other-robot", "https://example.com/x")
    code, printed = site.flowvigil("engine", "exec", "--", *command)
    assert code == 0, printed
    assert "webhook:other-robot" in site.project.secrets("test")


def test_a_stack_that_is_not_there_is_told_with_those_that_are(site):
    code, printed = site.flowvigil("up", "--stack", "prod", "--yes")
    assert (code, printed) == (
        2,
        "there is no Pulumi.prod.yaml; stacks here: test. Make one with: flowvigil init\n",
    )


def test_a_folder_without_a_project_is_told(site, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "flowvigil", "up"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == f"no Pulumi.yaml in {tmp_path} or above it. Start a project with: flowvigil init\n"


def test_what_a_policy_refuses_is_refused_before_anything_is_made(make_site):
    site = make_site()
    poem = site.root / "monitors/poem-generator.yaml"
    poem.write_text(poem.read_text() + "repeat: {critical: 1d}\n")
    code, printed = site.flowvigil("up", "--stack", "test", "--yes")
    assert code == 4
    assert "repeat only every 86400 s; at most 3600 s are allowed" in printed
    assert site.writes() == []


def test_a_port_that_something_else_has_is_told(make_site):
    site = make_site()
    emulator.stop(site.root / ".flowvigil" / "emulator")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        site.configure(flowvigil__emulator=f"127.0.0.1:{port}")
        code, printed = site.up()
    assert code == 3
    assert f"port {port} of 127.0.0.1 is taken: end what runs there" in printed


def test_a_cloud_that_does_not_answer_is_told(make_site):
    site = make_site()
    path = site.root / "Pulumi.test.yaml"
    nobody = f"127.0.0.1:{free_port()}"
    site.environment |= {"PULUMI_BACKEND_URL": f"file://{site.root}/state", "PULUMI_CONFIG_PASSPHRASE": "local"}
    (site.root / "state").mkdir()
    lines = [line for line in path.read_text().splitlines() if "flowvigil:emulator" not in line]
    path.write_text("\n".join(lines).replace(site.address, nobody) + "\n")
    code, printed = site.up()
    assert code == 3
    assert "DescribeContactList: no answer:" in printed
    assert "Traceback" not in printed


def test_a_missing_engine_is_told_with_the_command_that_brings_it(site, tmp_path):
    site.environment |= {"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    code, printed = site.up()
    for name in ("PATH", "XDG_CACHE_HOME", "HOME"):
        del site.environment[name]
    assert code == 3
    assert "flowvigil engine install" in printed


def test_of_two_runs_at_once_the_second_is_refused_by_the_name_of_the_first(make_site):
    site = make_site()
    code, printed = site.two_runs("PutContact")
    assert code == 3
    assert "the state of stack test is locked by process " in printed
    assert "Wait for it; if it is surely dead: flowvigil engine exec -- cancel --stack test" in printed
