"""How the parts are put together, and what the engine is started with."""

from __future__ import annotations

import subprocess
import sys
import timeit

import pytest

from flowvigil.engine import find
from flowvigil.engine.assembly import launcher
from flowvigil.engine.fit import remark


@pytest.fixture
def complete(computer):
    computer.executable("bin/pulumi", "echo v3.260.1")
    computer.executable("home/.pulumi/plugins/resource-alicloud-v3.106.0/pulumi-resource-alicloud", "echo I am it")
    return computer


def test_the_environment_puts_our_folder_first_and_keeps_what_was_there(complete):
    engine = find(complete.environ)
    environ = engine.environment({"PATH": "/usr/bin", "LANG": "C"})
    assert environ == {
        "PATH": f"{engine.bin}:/usr/bin",
        "LANG": "C",
        "PULUMI_HOME": str(engine.home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
    }


def test_the_engine_and_its_language_host_lie_side_by_side(complete):
    engine = find(complete.environ)
    assert sorted(file.name for file in engine.bin.iterdir()) == ["pulumi", "pulumi-language-python"]
    assert engine.pulumi.resolve() == engine.pulumi


def test_the_provider_lies_in_a_home_of_our_own_under_its_true_version(complete):
    plugin = find(complete.environ).home / "plugins" / "resource-alicloud-v3.106.0" / "pulumi-resource-alicloud"
    assert subprocess.run([plugin], capture_output=True, text=True, check=True).stdout == "I am it\n"


def test_nothing_is_written_outside_our_cache(complete):
    def others():
        return sorted(path for path in complete.root.rglob("*") if complete.root / "cache" not in path.parents)

    before = [path for path in others() if path.name != "cache"]
    find(complete.environ)
    assert [path for path in others() if path.name != "cache"] == before


def test_an_official_language_host_is_linked_with_its_companion(complete):
    host = complete.executable("bin/pulumi-language-python", "echo host")
    companion = complete.executable("bin/pulumi-language-python-exec", "echo companion")
    engine = find(complete.environ)
    assert (engine.bin / "pulumi-language-python").resolve() == host
    assert (engine.bin / "pulumi-language-python-exec").resolve() == companion


def test_a_second_call_uses_what_the_first_put_together(complete):
    first = find(complete.environ)
    (first.home / "mark").touch()
    assert (find(complete.environ).home / "mark").exists()


def test_another_pulumi_is_put_together_anew(complete):
    first = find(complete.environ)
    complete.executable("bin/pulumi", "echo v3.261.0")
    assert find(complete.environ).bin != first.bin


@pytest.mark.parametrize(("package", "remarked"), [("3.106.0", False), ("3.105.9", False), ("3.106.1", True)])
def test_a_package_that_asks_for_a_newer_provider_is_remarked(complete, monkeypatch, package, remarked):
    monkeypatch.setattr("importlib.metadata.version", lambda name: package)
    text = remark(find(complete.environ))
    assert ("run `pip install pulumi-alicloud==3.106.0`" in text, bool(text)) == (remarked, remarked)


def test_a_second_call_takes_less_than_50_ms(complete):
    lasted = timeit.repeat(lambda: find(complete.environ), number=1, repeat=21)[1:]
    assert min(lasted) < 0.05  # whatever else the machine does holds up some of them


def test_one_environment_has_one_engine_whatever_its_python_is_called(complete, monkeypatch):
    first = find(complete.environ)
    monkeypatch.setattr("sys.executable", sys.executable + "3")
    assert find(complete.environ) == first


def test_the_launcher_survives_a_blank_in_the_interpreters_path(tmp_path):
    python = tmp_path / "a b" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    assert launcher(str(python)).splitlines()[1] == f"exec '{python}' -I -m flowvigil.engine.language \"$@\""
