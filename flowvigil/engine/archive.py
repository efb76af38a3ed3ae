"""An archive of built parts: made once with `pack`, taken by everybody through FLOWVIGIL_ENGINE_URL."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from .download import fetch, shown
from .lookup import in_cache
from .parts import CLI, EXECUTABLES, PROVIDER, VERSIONS, EngineMissing, Found, content_key, platform_name
from .progress import Progress

VARIABLE = "FLOWVIGIL_ENGINE_URL"
MANIFEST = "manifest.json"
BLOCK = 1 << 20


def pack(target: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Write the parts that our cache holds to `target`; returns their names, raises EngineMissing if there are none."""
    parts = [found for part in (CLI, PROVIDER) if (found := in_cache(part, environ))]
    if not parts:
        raise EngineMissing("there is nothing of ours to pack; run `flowvigil engine install` first")
    unfinished = target.with_name(target.name + ".part")
    try:
        _write(unfinished, parts)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return tuple(found.part for found in parts)


def _write(file: Path, parts: list[Found]) -> None:
    with tarfile.open(file, "w:gz", compresslevel=6) as tar:
        text = json.dumps(_manifest(parts), indent=1).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
        for found in parts:
            tar.add(found.path, found.path.name)


def bring(parts: list[str], folder: Path, progress: Progress, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Unpack each part that the named archive holds into a folder of its name; yields the part and where it is from."""
    address = environ.get(VARIABLE, "")
    if not address:
        return
    file = fetch(address, folder / "archive", progress)
    try:
        with tarfile.open(file) as tar:
            for part in parts:
                if _take(tar, part, folder / part, shown(address)):
                    yield part, f"archive {shown(address)}"
    except (tarfile.TarError, OSError, EOFError, KeyError, ValueError) as error:
        message = f"{shown(address)} ({VARIABLE}) is not an archive of `flowvigil engine pack`: {error}"
        raise EngineMissing(message) from error


def _manifest(parts: list[Found]) -> dict[str, Any]:
    described = {
        found.part: {
            "key": content_key(found.part),
            "version": VERSIONS[found.part],
            "file": found.path.name,
            "sha256": digest(found.path),
        }
        for found in parts
    }
    return {"platform": platform_name(), "parts": described}


def digest(path: Path) -> str:
    """The SHA-256 of a file as hex digits."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def _take(tar: tarfile.TarFile, part: str, folder: Path, address: str) -> bool:
    manifest = json.loads(_opened(tar, MANIFEST).read())
    if part not in manifest["parts"]:
        return False
    described = manifest["parts"][part]
    if (manifest["platform"], described["key"]) != (platform_name(), content_key(part)):
        raise EngineMissing(
            f"{address} holds {part} {described['version']} for {manifest['platform']}, key {described['key']}; "
            f"this flowvigil needs {VERSIONS[part]} for {platform_name()}, key {content_key(part)}: pack it again"
        )
    _copy(_opened(tar, described["file"]), folder / EXECUTABLES[part])
    if digest(folder / EXECUTABLES[part]) != described["sha256"]:
        raise EngineMissing(f"{address} is damaged: the checksum of {described['file']} does not match")
    return True


def _opened(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tar.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is not a file")
    return file


def _copy(source: IO[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(source, out)
    target.chmod(0o755)
