"""Puts the parts together: one folder with the executables side by side and a Pulumi home of our own.

The engine takes its language host from the folder of its own executable, and a provider from its home, without a
warning about ambient plug-ins; so everything is linked into one place, whatever it came from.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .lookup import look
from .parts import CLI, EXECUTABLES, HOST, PARTS, PROVIDER, EngineMissing, Found, cache

SWITCHES = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
}


@dataclass(frozen=True)
class Engine:
    """An engine that is ready: `bin` goes first on PATH, `home` is PULUMI_HOME, `parts` say what came from where."""

    pulumi: Path
    bin: Path
    home: Path
    parts: tuple[Found, ...]

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` with what makes a plain `pulumi` use this engine and never look for another."""
        path = os.pathsep.join(filter(None, (str(self.bin), base.get("PATH", ""))))
        return {**base, **SWITCHES, "PATH": path, "PULUMI_HOME": str(self.home)}


def find(environ: Mapping[str, str] = os.environ) -> Engine:
    """The engine of this machine, put together if need be; raises EngineMissing and never builds or downloads."""
    found = {part: look(part, environ) for part in PARTS}
    missing = [EXECUTABLES[part] for part, place in found.items() if place is None]
    if missing:
        raise EngineMissing(
            f"the engine is not complete: no {' and no '.join(missing)}; run `flowvigil engine install`"
        )
    try:
        return assemble(tuple(place for place in found.values() if place), environ)
    except OSError as error:
        raise EngineMissing(f"the engine cannot be put together in {cache(environ)}: {error}") from error


def assemble(parts: tuple[Found, ...], environ: Mapping[str, str]) -> Engine:
    """Link the parts into a folder named after them; a folder that exists is complete."""
    identity = "\n".join(f"{part.part} {part.path} {part.version}" for part in parts)
    identity += f"\n{interpreter()} {cache(environ)} {_stamps(parts)}"
    folder = cache(environ) / f"run-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
    if not folder.is_dir():
        _put_together(folder, {part.part: part for part in parts})
    return Engine(folder / "bin" / "pulumi", folder / "bin", folder / "home", parts)


def interpreter() -> str:
    """The Python that runs us, under one name, whichever of its names it was called by."""
    python = Path(sys.prefix, "bin", "python")
    return str(python) if sys.prefix != sys.base_prefix and python.exists() else sys.executable


def launcher(python: str) -> str:
    """The text of our language host's executable; -I keeps the user's files from shadowing our imports."""
    return f'#!/bin/sh\nexec {shlex.quote(python)} -I -m flowvigil.engine.language "$@"\n'


def _stamps(parts: tuple[Found, ...]) -> list[int]:
    return [part.path.stat().st_mtime_ns for part in parts if part.part != HOST]


def _put_together(folder: Path, parts: Mapping[str, Found]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="new-") as temporary:
        new = Path(temporary, "run")
        plugin = new / "home" / "plugins" / f"resource-alicloud-v{parts[PROVIDER].version}"
        for place in (new / "bin", plugin):
            place.mkdir(parents=True)
        _link(parts[CLI].path.resolve(), new / "bin" / EXECUTABLES[CLI])
        (plugin / EXECUTABLES[PROVIDER]).symlink_to(parts[PROVIDER].path.resolve())
        _place_host(parts, new / "bin")
        _move_in(new, folder)


def _place_host(parts: Mapping[str, Found], folder: Path) -> None:
    name, host = EXECUTABLES[HOST], parts[HOST].path
    if parts[HOST].source == "flowvigil":
        (folder / name).write_text(launcher(interpreter()), "utf-8")
        (folder / name).chmod(0o755)
        return
    for file in (name, f"{name}-exec"):
        if (host.resolve().parent / file).exists():
            (folder / file).symlink_to(host.resolve().parent / file)


def _link(source: Path, target: Path) -> None:
    # A symbolic link would do for everything but the engine, which resolves it before it looks beside itself.
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _move_in(new: Path, folder: Path) -> None:
    try:
        new.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
