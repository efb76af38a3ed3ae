"""Builders of containers that a machine may have: each builds the relay's file and runs what came of it.

Docker counts when its daemon answers. Buildah needs none, and counts when FLOWVIGIL_CONTAINER_BASE names an image of
its own store (driver vfs) to build on: a machine without a daemon seldom reaches a registry either.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker" / "relay" / "Dockerfile"
IMAGE = "flowvigil-relay-under-test"
PORT = 8475


class Docker:
    def __init__(self, command: str) -> None:
        self.command = command

    def build(self) -> None:
        _done(self.command, "build", "-q", "-t", IMAGE, "-f", str(FILE), str(ROOT), seconds=500)

    def run(self, mounts: Mapping[Path, str], environ: Mapping[str, str], port: int) -> subprocess.Popen[bytes]:
        shared = [part for folder, inside in mounts.items() for part in ("-v", f"{folder}:{inside}")]
        told = [part for name, value in environ.items() for part in ("-e", f"{name}={value}")]
        published = ["--name", IMAGE, "-p", f"127.0.0.1:{port}:{PORT}"]
        return subprocess.Popen([self.command, "run", "--rm", *published, *shared, *told, IMAGE])

    def end(self, _health: Mapping[str, Any]) -> None:
        subprocess.run([self.command, "rm", "-f", IMAGE], capture_output=True, check=False, timeout=60)
        subprocess.run([self.command, "rmi", IMAGE], capture_output=True, check=False, timeout=60)


class Buildah:
    """Shares the machine's network and processes with what it runs, so ports and process ids are the machine's."""

    def __init__(self, command: str, base: str) -> None:
        self.command, self.base = (command, "--storage-driver", "vfs"), base

    def build(self) -> None:
        asked = ("--isolation", "chroot", "--format", "docker", "--build-arg", f"PYTHON={self.base}")
        _done(*self.command, "bud", "-q", *asked, "-t", IMAGE, "-f", str(FILE), str(ROOT), seconds=500)

    def run(self, mounts: Mapping[Path, str], environ: Mapping[str, str], port: int) -> subprocess.Popen[bytes]:
        _done(*self.command, "from", "--name", IMAGE, f"localhost/{IMAGE}")
        entry = json.loads(_done(*self.command, "inspect", IMAGE))["OCIv1"]["config"]["Entrypoint"]
        shared = [part for folder, inside in mounts.items() for part in ("-v", f"{folder}:{inside}")]
        told = [part for name, value in environ.items() for part in ("-e", f"{name}={value}")]
        run = [*self.command, "run", "--isolation", "chroot", *shared, *told, IMAGE, "--"]
        return subprocess.Popen([*run, *entry, "--port", str(port)])

    def end(self, health: Mapping[str, Any]) -> None:
        with suppress(ProcessLookupError, KeyError):
            os.kill(int(health["pid"]), signal.SIGTERM)
        subprocess.run([*self.command, "rm", IMAGE], capture_output=True, check=False, timeout=60)
        subprocess.run([*self.command, "rmi", IMAGE], capture_output=True, check=False, timeout=60)


def builder(which: Callable[[str], str | None] = shutil.which) -> Docker | Buildah | None:
    """What can build here; None where nothing can."""
    docker, buildah, base = which("docker"), which("buildah"), os.environ.get("FLOWVIGIL_CONTAINER_BASE")
    asked = [docker or "", "info"]
    if docker and not subprocess.run(asked, capture_output=True, check=False, timeout=60).returncode:
        return Docker(docker)
    return Buildah(buildah, base) if buildah and base else None


def _done(*command: str, seconds: float = 60) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    assert done.returncode == 0, done.stderr
    return done.stdout
