"""Puts files into a folder, all of them or none. Touches what is there only if asked to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


class InTheWay(Exception):  # noqa: N818 - the name other rooms read in an except clause
    """These files exist already; nothing was written."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(paths)
        super().__init__("\n".join(self.paths))


def write(folder: Path, files: Mapping[str, str], *, over: bool = False) -> None:
    """Write every file below `folder`, which is made if need be; `over` replaces ordinary files that exist.

    Raises InTheWay before the first write. Whatever interrupts the writing, what was written until then is taken
    away again, and what was replaced is put back.
    """
    links = [path for path in files if (folder / path).is_symlink()]
    taken = [path for path in files if (folder / path).exists() or path in links]
    if links or (taken and not over):
        raise InTheWay(links if over else taken)
    made: list[Path] = []
    old = {folder / path: (folder / path).read_bytes() for path in taken}
    try:
        for path, text in files.items():
            _make_folders((folder / path).parent, made)
            _write(folder / path, text, made, "w" if folder / path in old else "x")
    except BaseException:
        _undo(made)
        for file, data in old.items():
            file.write_bytes(data)
        raise


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        made.append(one)


def _write(path: Path, text: str, made: list[Path], mode: str) -> None:
    with path.open(mode, encoding="utf-8") as file:
        if mode == "x":
            made.append(path)
        file.write(text)


def _undo(made: list[Path]) -> None:
    for path in reversed(made):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
