"""Brings what is missing: from an archive, from the official release, or by building it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import archive, release
from .assembly import Engine, find
from .build import build
from .lock import held
from .lookup import look, refused
from .machine import Machine, check, go_folder, measure
from .parts import CLI, PROVIDER, EngineMissing, cache, kept
from .progress import Progress
from .toolchain import go


def install(
    progress: Progress, environ: Mapping[str, str], *, anyway: bool = False, machine: Machine | None = None
) -> Engine:
    """The engine, complete; raises EngineMissing with one clear sentence when a part cannot be had."""
    if not missing(environ):
        return find(environ)
    try:
        _install(progress, environ, Machine(None, None) if anyway else machine)
    except OSError as error:
        raise EngineMissing(f"the engine cannot be installed: {error}") from error
    return find(environ)


def _install(progress: Progress, environ: Mapping[str, str], machine: Machine | None) -> None:
    folder = cache(environ)
    said: list[str] = []

    def waiting() -> None:
        if not said:
            said.append("once")
            progress.note("another flowvigil is installing the engine; waiting for it")

    with held(folder, waiting):
        for left in folder.glob("part-*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(dir=folder, prefix="part-") as temporary:
            _bring(Path(temporary), progress, environ, machine)


def missing(environ: Mapping[str, str]) -> list[str]:
    """The parts that are neither on this machine nor part of this package."""
    return [part for part in (CLI, PROVIDER) if look(part, environ) is None]


def _bring(temporary: Path, progress: Progress, environ: Mapping[str, str], machine: Machine | None) -> None:
    for remark in filter(None, (refused(part, environ) for part in missing(environ))):
        progress.note(f"not used: {remark}")
    for source in (archive.bring, release.bring):
        for part, origin in source(missing(environ), temporary, progress, environ):
            keep(part, temporary / part, origin, environ)
    _build_missing(temporary, progress, environ, machine)


def _build_missing(temporary: Path, progress: Progress, environ: Mapping[str, str], machine: Machine | None) -> None:
    parts = missing(environ)
    if not parts:
        return
    check(parts, machine or measure(go_folder(environ)))
    command = go(environ)
    for part in parts:
        (temporary / part).mkdir(exist_ok=True)
        build(part, command, temporary / part, progress, environ)
        keep(part, temporary / part, "built from Go modules", environ)


def keep(part: str, folder: Path, origin: str, environ: Mapping[str, str]) -> None:
    """Move a finished part into the cache: it is there completely or not at all."""
    (folder / "source").write_text(origin, "utf-8")
    folder.rename(kept(part, environ))
