"""What a command lacks of a stack is a sentence and an exit code, whichever command it is."""

import json
import socket

import pytest

from flowvigil.cli import run
from flowvigil.cli.console import FINDINGS, MISSING, Exit
from flowvigil.cli.opening import complete
from flowvigil.deploy.relay_secrets import LackingError
from flowvigil.deploy.reporter_settings import NotUp


@pytest.mark.parametrize(
    ("error", "code"),
    [(NotUp("not in stack local yet: poem"), FINDINGS), (LackingError("these secrets are not set:"), MISSING)],
)
def test_a_stack_that_lacks_something_ends_the_command_with_what_it_lacks(error, code):
    with pytest.raises(Exit, match=str(error)) as ended, complete():
        raise error
    assert ended.value.code == code


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    """A project with two files that are wrong."""
    monkeypatch.chdir(tmp_path)
    run(["init", "--flow", "poem", "--name", "acme"])
    for name in ("one", "two"):
        (tmp_path / f"monitors/{name}.yaml").write_text(f"flow: {name}\nowner: nobody\n")
    capsys.readouterr()
    return tmp_path


PLACES = ["monitors/one.yaml:2:8", "monitors/two.yaml:2:8"]


@pytest.mark.parametrize("command", ["plan", "up", "preview"])
def test_problems_of_specs_are_told_with_paths_from_where_one_stands(project, capsys, command):
    assert run([command]) == 2
    assert [line.partition(": ")[0] for line in capsys.readouterr().err.splitlines()] == PLACES


def test_the_document_of_a_job_holds_the_problems_of_the_specs(project, capsys):
    assert run(["up", "--json", "--yes"]) == 2
    message = json.loads(capsys.readouterr().out)["message"]
    assert [line.partition(": ")[0] for line in message.splitlines()] == PLACES


@pytest.fixture
def address(tmp_path, monkeypatch, capsys):
    """Makes a project whose pretend cloud has this address."""
    monkeypatch.chdir(tmp_path)
    run(["init", "--flow", "poem", "--name", "acme"])
    file = tmp_path / "Pulumi.local.yaml"

    def put(address):
        file.write_text(file.read_text().replace("emulator: 127.0.0.1:8474", f"emulator: {address}"))
        capsys.readouterr()

    return put


def test_a_port_that_is_taken_is_told_with_the_settings_that_name_it(address, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # who asks there is refused at once
        port = taken.getsockname()[1]
        address(f"127.0.0.1:{port}")
        assert run(["lint", "--live"]) == 3
    assert capsys.readouterr().err.splitlines()[1:] == [
        f"port {port} of 127.0.0.1 is taken: end what runs there, or choose another",
        "the stack names its pretend cloud in flowvigil:emulator and alicloud:endpoints",
    ]


def test_a_pretend_cloud_elsewhere_is_not_started_here(address, capsys):
    address("pretend.invalid:8474")
    assert run(["lint", "--live"]) == 3
    said = "no pretend cloud answers on pretend.invalid:8474; from here only one on 127.0.0.1 can be started\n"
    assert capsys.readouterr().err == said
