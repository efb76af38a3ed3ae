"""The parts of the engine, their proven versions, and where ours are kept."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache as cache_result
from pathlib import Path

CLI, HOST, PROVIDER = "cli", "language-host", "provider"
PARTS = (CLI, HOST, PROVIDER)
VERSIONS = {CLI: "3.259.0", PROVIDER: "3.105.0"}
EXECUTABLES = {CLI: "pulumi", HOST: "pulumi-language-python", PROVIDER: "pulumi-resource-alicloud"}
SOURCES = Path(__file__).parent / "sources"

# The engine starts policy packs through the language host since 3.221; the provider's range is that of its SDK.
ACCEPTED = {CLI: ((3, 221, 0), (4, 0, 0)), PROVIDER: ((3, 105, 0), (3, 110, 0))}


class EngineMissing(Exception):  # noqa: N818 - the name other rooms read in an except clause
    """A part of the engine is missing or cannot be had; the message says which, why and what to do."""


@dataclass(frozen=True)
class Found:
    """One part: the executable, its version and the place it came from, in words for a person."""

    part: str
    path: Path
    version: str
    source: str


def cache(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that holds everything of ours: $XDG_CACHE_HOME/flowvigil/engine, else ~/.cache/flowvigil/engine."""
    root = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")
    return Path(root, "flowvigil", "engine")


def kept(part: str, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of our own copy of a part, whether it exists or not."""
    return cache(environ) / f"{part}-{content_key(part)}"


@cache_result
def content_key(part: str, sources: Path = SOURCES) -> str:
    """Twelve hex digits over everything that decides what a build yields: sources, version and platform."""
    digest = hashlib.sha256(f"1 {part} {VERSIONS[part]} {platform_name()}".encode())
    for file in sorted((sources / part).rglob("*")):
        if file.is_file():
            digest.update(f"\0{file.relative_to(sources).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def cache_key() -> str:
    """One word over all that we may build here; a cache under this name never has to be refreshed."""
    return "-".join(["flowvigil-engine", platform_name(), *(content_key(part) for part in VERSIONS)])


def platform_name() -> str:
    """Go's name of this machine, such as linux-amd64."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}-{machine}"


def accepted(part: str, version: str) -> bool:
    """Whether a part of this version may be used."""
    low, high = ACCEPTED[part]
    return low <= numbers(version) < high


def numbers(version: str) -> tuple[int, ...]:
    """`v3.259.0-dev.1` as (3, 259, 0); what is no version is (0,)."""
    try:
        return tuple(int(piece) for piece in version.strip().removeprefix("v").split("-")[0].split("+")[0].split("."))
    except ValueError:
        return (0,)
