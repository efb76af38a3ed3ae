"""What a build needs travels with the package."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from flowvigil.engine.parts import SOURCES

ROOT = Path(__file__).parents[2]


@pytest.mark.engine
def test_the_wheel_carries_the_go_sources_unchanged(tmp_path):
    shutil.copytree(ROOT / "flowvigil", tmp_path / "flowvigil", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "README.md").touch()
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        tmp_path,
    ]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        inside = {name: wheel.read(name) for name in wheel.namelist() if "/engine/sources/" in name}
    package = SOURCES.parents[2]
    outside = {str(file.relative_to(package)): file.read_bytes() for file in SOURCES.rglob("*") if file.is_file()}
    assert inside == outside
