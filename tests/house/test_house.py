"""The house keeps its own rules: rooms import what they may, files and functions stay small, words are kept."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = sorted([*ROOT.glob("flowvigil/**/*.py"), *ROOT.glob("policies/*.py"), ROOT / "__main__.py"])
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "misc"}


@cache
def text(path):
    return path.read_text()


@cache
def parsed(path):
    """The docstring, and the functions as (name, first line, number of lines)."""
    tree = ast.parse(text(path))
    found = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return ast.get_docstring(tree), [(node.name, node.lineno, node.end_lineno - node.lineno + 1) for node in found]


def named(path):
    return str(path.relative_to(ROOT))


def test_the_rooms_import_only_what_they_may():
    linter = ROOT / ".venv" / "bin" / "lint-imports"
    done = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "0 broken" in done.stdout, done.stdout[-2000:]


def test_no_file_is_longer_than_300_lines():
    assert [named(path) for path in PRODUCT if len(text(path).splitlines()) > 300] == []


def test_half_of_the_files_have_at_most_120_lines():
    lengths = sorted(len(text(path).splitlines()) for path in PRODUCT)
    assert lengths[len(lengths) // 2] <= 120


def test_no_function_is_longer_than_40_lines():
    long = [f"{named(path)}:{line} {name}" for path in PRODUCT for name, line, length in parsed(path)[1] if length > 40]
    assert long == []


def test_no_file_is_a_drawer_for_everything():
    assert [named(path) for path in PRODUCT if path.stem in FORBIDDEN_NAMES] == []


def test_every_module_says_what_it_is_for():
    assert [named(path) for path in PRODUCT if not parsed(path)[0]] == []


def test_one_module_registers_resources():
    importing = [named(path) for path in PRODUCT if re.search(r"^(import|from) pulumi(_alicloud)?\b", text(path), re.M)]
    assert [
        path
        for path in importing
        if not path.startswith(("policies/", "flowvigil/engine/language/", "flowvigil/scaffold/project-files/"))
    ] == [
        "__main__.py",
        "flowvigil/provisioner/resources.py",
    ]


def test_the_newest_entry_of_the_changelog_is_this_version_or_unreleased():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)[1]
    assert first in {version, "Unreleased"}


@pytest.mark.parametrize("pattern", [r"access_token=[0-9a-f]{32,}", r"\bLTAI[A-Za-z0-9]{16,}"])
def test_no_secret_is_in_what_ships(pattern):
    command = ["git", "ls-files", "flowvigil", "policies", "monitors", "docs", "benchmarks", "*.md", "*.yaml"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.splitlines() if not name.startswith("tests/")]
    assert [named(path) for path in paths if path.is_file() and re.search(pattern.encode(), path.read_bytes())] == []
