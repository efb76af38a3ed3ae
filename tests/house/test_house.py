"""The house keeps its own rules: rooms import what they may, files and functions stay small, words are kept."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = sorted([*ROOT.glob("flowvigil/**/*.py"), *ROOT.glob("policies/*.py"), ROOT / "__main__.py"])
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "misc"}


def functions(path):
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def named(path):
    return str(path.relative_to(ROOT))


def test_the_rooms_import_only_what_they_may():
    linter = ROOT / ".venv" / "bin" / "lint-imports"
    done = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "0 broken" in done.stdout, done.stdout[-2000:]


def test_no_file_is_longer_than_300_lines():
    assert [named(path) for path in PRODUCT if len(path.read_text().splitlines()) > 300] == []


def test_half_of_the_files_have_at_most_120_lines():
    lengths = sorted(len(path.read_text().splitlines()) for path in PRODUCT)
    assert lengths[len(lengths) // 2] <= 120


def test_no_function_is_longer_than_40_lines():
    long = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in PRODUCT
        for node in functions(path)
        if node.end_lineno - node.lineno + 1 > 40
    ]
    assert long == []


def test_no_file_is_a_drawer_for_everything():
    assert [named(path) for path in PRODUCT if path.stem in FORBIDDEN_NAMES] == []


def test_every_module_says_what_it_is_for():
    assert [named(path) for path in PRODUCT if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_one_module_registers_resources():
    importing = [
        named(path) for path in PRODUCT if re.search(r"^(import|from) pulumi(_alicloud)?\b", path.read_text(), re.M)
    ]
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
