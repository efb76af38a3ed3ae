"""Puts files into a folder, all of them or none. Never touches what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


class InTheWay(Exception):  # noqa: N818 - the name other rooms read in an except clause
    """These files exist already; nothing was written."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(paths)
        super().__init__("\n".join(self.paths))


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write every file below `folder`, which is made if need be.

    Raises InTheWay before the first write. Whatever interrupts the writing, what was written until then is taken
    away again.
    """
    taken = [path for path in files if (folder / path).exists() or (folder / path).is_symlink()]
    if taken:
        raise InTheWay(taken)
    made: list[Path] = []
    try:
        for path, text in files.items():
            _make_folders((folder / path).parent, made)
            _write_new(folder / path, text, made)
    except BaseException:
        _undo(made)
        raise


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        made.append(one)


def _write_new(path: Path, text: str, made: list[Path]) -> None:
    with path.open("x", encoding="utf-8") as file:
        made.append(path)
        file.write(text)


def _undo(made: list[Path]) -> None:
    for path in reversed(made):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
