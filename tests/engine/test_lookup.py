"""Where the parts are looked for, and in which order."""

from __future__ import annotations

import os

import pytest

from flowvigil.engine import EngineMissing, find
from flowvigil.engine.lookup import look, refused
from flowvigil.engine.parts import CLI, HOST, PROVIDER, kept

PULUMI = "echo v3.260.1"


def keep(computer, part, name):
    folder = kept(part, computer.environ)
    computer.executable(str(folder.relative_to(computer.root) / name), "echo 0")
    (folder / "source").write_text("built from Go modules")


def test_a_bare_machine_names_every_missing_part_and_the_command(computer):
    with pytest.raises(EngineMissing) as error:
        find(computer.environ)
    assert str(error.value) == (
        "the engine is not complete: no pulumi and no pulumi-resource-alicloud; run `flowvigil engine install`"
    )


def test_a_pulumi_on_path_wins_over_our_own(computer):
    keep(computer, CLI, "pulumi")
    path = computer.executable("bin/pulumi", PULUMI)
    found = look(CLI, computer.environ)
    assert (found.path, found.version, found.source) == (path, "3.260.1", "on PATH")


def test_a_pulumi_before_policy_packs_moved_is_passed_over(computer):
    keep(computer, CLI, "pulumi")
    computer.executable("bin/pulumi", "echo v3.220.9")
    assert look(CLI, computer.environ).source == "built from Go modules"


def test_a_pulumi_that_is_passed_over_is_explained(computer):
    path = computer.executable("bin/pulumi", "echo v3.220.9")
    assert refused(CLI, computer.environ) == f"{path} is version 3.220.9; wanted is >= 3.221.0 and < 4.0.0"


def test_a_pulumi_that_does_not_run_is_passed_over(computer):
    path = computer.executable("bin/pulumi", "exit 1")
    assert look(CLI, computer.environ) is None
    assert refused(CLI, computer.environ).startswith(f"{path} is version unknown")


def test_a_second_pulumi_on_path_serves_when_the_first_is_too_old(computer):
    computer.executable("bin/pulumi", "echo v2.0.0")
    second = computer.executable("more/pulumi", PULUMI)
    computer.environ["PATH"] += f"{os.pathsep}{second.parent}"
    assert look(CLI, computer.environ).path == second


@pytest.mark.parametrize(
    ("version", "source"), [("3.105.0", "the user's plug-ins"), ("3.109.4", "the user's plug-ins")]
)
def test_a_provider_among_the_users_plug_ins_wins_over_our_own(computer, version, source):
    keep(computer, PROVIDER, "pulumi-resource-alicloud")
    computer.executable(f"home/.pulumi/plugins/resource-alicloud-v{version}/pulumi-resource-alicloud", "")
    found = look(PROVIDER, computer.environ)
    assert (found.version, found.source) == (version, source)


@pytest.mark.parametrize("version", ["3.104.9", "3.110.0", "4.0.0"])
def test_a_provider_outside_the_tested_range_is_passed_over(computer, version):
    computer.executable(f"home/.pulumi/plugins/resource-alicloud-v{version}/pulumi-resource-alicloud", "")
    assert look(PROVIDER, computer.environ) is None


def test_of_several_plug_ins_the_newest_is_taken(computer):
    for version in ("3.105.0", "3.109.0", "3.107.0"):
        computer.executable(f"home/.pulumi/plugins/resource-alicloud-v{version}/pulumi-resource-alicloud", "")
    assert look(PROVIDER, computer.environ).version == "3.109.0"


def test_the_users_pulumi_home_is_where_plug_ins_are_looked_for(computer):
    computer.executable("elsewhere/plugins/resource-alicloud-v3.105.0/pulumi-resource-alicloud", "")
    computer.environ["PULUMI_HOME"] = str(computer.root / "elsewhere")
    assert look(PROVIDER, computer.environ).path.is_relative_to(computer.root / "elsewhere")


def test_our_own_folders_in_the_environment_are_not_taken_for_the_users(computer):
    keep(computer, CLI, "pulumi")
    keep(computer, PROVIDER, "pulumi-resource-alicloud")
    first = find(computer.environ)
    assert find(first.environment(computer.environ)) == first


def test_a_language_host_on_path_wins_over_ours(computer):
    path = computer.executable("bin/pulumi-language-python", "")
    assert look(HOST, computer.environ).path == path


def test_our_language_host_is_always_there(computer):
    assert look(HOST, computer.environ).source == "flowvigil"


def test_the_version_of_a_file_is_asked_once(computer):
    computer.executable("bin/pulumi", f"echo asked >> {computer.root}/asked; echo v3.260.1")
    assert [look(CLI, computer.environ).version for _ in range(3)] == ["3.260.1"] * 3
    assert (computer.root / "asked").read_text() == "asked\n"


def test_a_replaced_file_is_asked_again(computer):
    computer.executable("bin/pulumi", "echo v3.260.1")
    look(CLI, computer.environ)
    computer.executable("bin/pulumi", "echo v3.261.22")
    assert look(CLI, computer.environ).version == "3.261.22"
