"""What a copy of ours is named after: everything that decides what a build yields."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flowvigil.engine import parts
from flowvigil.engine.parts import CLI, PROVIDER, accepted, content_key, numbers


@pytest.fixture
def sources(tmp_path):
    """A copy of the Go sources that a test may change."""
    return Path(shutil.copytree(parts.SOURCES, tmp_path / "sources"))


def test_the_key_is_the_same_wherever_the_package_lies(sources):
    assert content_key(CLI, sources) == content_key(CLI)


def test_a_changed_source_has_another_key(sources):
    (sources / PROVIDER / "main.go").write_text("package main")
    assert content_key(PROVIDER, sources) != content_key(PROVIDER)
    assert content_key(CLI, sources) == content_key(CLI)


def test_a_renamed_source_has_another_key(sources):
    (sources / PROVIDER / "main.go").rename(sources / PROVIDER / "start.go")
    assert content_key(PROVIDER, sources) != content_key(PROVIDER)


def test_another_version_has_another_key(monkeypatch):
    before = content_key(CLI)
    monkeypatch.setitem(parts.VERSIONS, CLI, "3.260.0")
    assert content_key.__wrapped__(CLI) != before


def test_another_machine_has_another_key(monkeypatch):
    before = content_key(CLI)
    monkeypatch.setattr(parts.platform, "machine", lambda: "riscv64")
    assert content_key.__wrapped__(CLI) != before


@pytest.mark.parametrize(
    ("text", "expected"),
    [("v3.259.0", (3, 259, 0)), ("3.259.0-dev.1", (3, 259, 0)), ("3.1.2+meta", (3, 1, 2)), ("", (0,)), ("new", (0,))],
)
def test_versions_are_read_as_numbers(text, expected):
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("version", "taken"), [("3.220.99", False), ("3.221.0", True), ("3.999.0", True), ("4.0.0", False), ("", False)]
)
def test_the_range_of_the_command_line_is_closed_below_and_open_above(version, taken):
    assert accepted(CLI, version) == taken
