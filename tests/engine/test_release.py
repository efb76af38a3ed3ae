"""The official release: taken where it is within reach, passed over at once where it is not."""

from __future__ import annotations

import io
import socket
import tarfile
import time

import pytest

from flowvigil.engine import EngineMissing, release
from flowvigil.engine.install import install
from flowvigil.engine.machine import Machine
from flowvigil.engine.parts import platform_name
from flowvigil.engine.progress import Progress
from flowvigil.engine.release import address, addresses, unreachable

SCRIPT = "#!/bin/sh\necho {}\n"


def publish(computer, base, *, cli="v3.259.0"):
    """Put both archives of a release on the server, laid out as the official ones are."""
    members = {"pulumi/pulumi": cli, "pulumi/pulumi-language-python": "", "pulumi/pulumi-language-go": ""}
    contents = {"cli": members, "provider": {"pulumi-resource-alicloud": "3.105.0", "README.md": ""}}
    for part, files in contents.items():
        file = computer.root / "served" / address(part, "x")[2:]
        file.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(file, "w:gz") as tar:
            for name, answer in files.items():
                member, text = tarfile.TarInfo(name), SCRIPT.format(answer).encode()
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text))
    computer.environ["FLOWVIGIL_ENGINE_OFFICIAL"] = base


def attempt(computer):
    out = io.StringIO()
    try:
        return install(Progress(out), computer.environ, machine=Machine(0, 0)), out.getvalue()
    except EngineMissing as error:
        return error, out.getvalue()


def test_the_release_is_taken_with_its_own_language_host(computer, served):
    publish(computer, served())
    engine, _ = attempt(computer)
    assert [part.source for part in engine.parts] == ["official release"] * 3
    assert (engine.bin / "pulumi-language-python").read_text() == SCRIPT.format("")


def test_only_what_is_needed_is_kept_of_the_release(computer, served):
    publish(computer, served())
    attempt(computer)
    kept = {path.name for folder in ("cli-*", "provider-*") for path in computer.engine.glob(f"{folder}/*")}
    assert kept == {"pulumi", "pulumi-language-python", "pulumi-resource-alicloud", "source"}


def test_a_release_that_states_another_version_is_refused(computer, served):
    publish(computer, served(), cli="v3.1.0")
    error, _ = attempt(computer)
    assert str(error).endswith("holds version 3.1.0 instead of 3.259.0")


def test_what_the_first_place_lacks_is_sought_in_the_second(computer, served, monkeypatch):
    publish(computer, served())
    del computer.environ["FLOWVIGIL_ENGINE_OFFICIAL"]
    for part, folder in {
        "cli": "pulumi/releases/download/v3.259.0",
        "provider": "pulumi-alicloud/releases/download/v3.105.0",
    }.items():
        file = computer.root / "served" / address(part, "x")[2:]
        (computer.root / "served" / folder).mkdir(parents=True)
        file.rename(computer.root / "served" / folder / file.name)
    monkeypatch.setattr(release, "BASE", f"{served()}/nothing")
    monkeypatch.setattr(release, "GITHUB", served())
    engine, _ = attempt(computer)
    assert [part.source for part in engine.parts] == ["official release"] * 3


def test_a_mirror_is_the_only_place_asked():
    assert addresses("cli", "https://mirror.example") == (address("cli", "https://mirror.example"),)


def test_never_asks_nobody(computer):
    _, said = attempt(computer)
    assert said == ""


def test_a_closed_port_is_passed_over_and_building_comes_next(computer):
    computer.environ["FLOWVIGIL_ENGINE_OFFICIAL"] = "http://127.0.0.1:9"
    error, said = attempt(computer)
    assert said.count("the official release is not within reach ([Errno 111] Connection refused)") == 1
    assert str(error).startswith("building the engine needs")


def test_a_server_that_accepts_and_says_nothing_does_not_stall_us():
    def stalled(address):
        began = time.monotonic()
        assert unreachable(address, within_s=0.3) in ("timed out", "no answer within 0.3 s")
        return time.monotonic() - began >= 2

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        assert not all(stalled(url) for _ in range(5))  # a busy machine may hold up one or the other


@pytest.mark.parametrize(
    ("part", "expected"),
    [("cli", "b/sdk/pulumi-v3.259.0-{}.tar.gz"), ("provider", "b/plugins/pulumi-resource-alicloud-v3.105.0-{}.tar.gz")],
)
def test_the_release_is_sought_where_pulumi_publishes_it(part, expected):
    machine = platform_name() if part == "provider" else platform_name().replace("amd64", "x64")
    assert address(part, "b") == expected.format(machine)
