"""Which files a monitors folder holds and what each is for. Reads bytes; knows nothing of YAML or the language."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as File

from .problem import Finding

DEFAULTS, CONTACTS, PROFILES = "defaults.yaml", "contacts.yaml", "profiles"
PROJECT = "../flowvigil.yaml"


@dataclass(slots=True)
class Folder:
    """Files by role, relative to `root` with `/`. `defaults` maps a sub-folder ('' is the top) to its file."""

    root: File
    flows: list[str] = field(default_factory=list)
    defaults: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, str] = field(default_factory=dict)
    contacts: str | None = None
    project: str | None = None
    findings: list[Finding] = field(default_factory=list)

    def read(self, name: str) -> bytes | None:
        """The bytes of one file; None, and a finding, if it cannot be read."""
        try:
            with open(f"{self.root}/{name}", "rb", 0) as stream:  # noqa: PTH123 - half the time of Path.open
                return stream.read()
        except OSError as error:
            self.findings.append(Finding(name, (), "unreadable", (("reason", error.strerror),), "file"))
            return None

    def shown(self, name: str) -> str:
        """The file's path as a person who gave `root` would write it."""
        return os.path.normpath(self.root / name)

    def parents(self, name: str) -> list[str]:
        """The defaults files that apply to a flow's file, outermost first."""
        parts = name.split("/")[:-1]
        chain = ["", *("/".join(parts[: depth + 1]) for depth in range(len(parts)))]
        return [self.defaults[one] for one in chain if one in self.defaults]


def survey(root: File) -> Folder:
    """Look through the folder. Hidden files and folders are passed over."""
    folder = Folder(root)
    if not root.is_dir():
        folder.findings.append(Finding("", (), "no-folder", at="file"))
        return folder
    for name in sorted(_names(folder, root, "")):
        _assign(folder, name)
    if (root / PROJECT).is_file():
        folder.project = PROJECT
    if not folder.flows and not folder.findings:
        folder.findings.append(Finding("", (), "no-flows", (("name", "my-flow.yaml"),), "file"))
    return folder


def _names(folder: Folder, root: File, below: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(root / below))
    except OSError as error:
        folder.findings.append(Finding(below, (), "unreadable", (("reason", error.strerror),), "file"))
        return
    for entry in entries:
        name = f"{below}{entry.name}"
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() and (entry.is_dir() or not _inside(root, name)):
            folder.findings.append(Finding(name, (), "outside", at="file"))
        elif entry.is_dir():
            yield from _names(folder, root, f"{name}/")
        elif name.endswith((".yaml", ".yml")):
            if entry.is_file() or not File(entry.path).exists():
                yield name
            else:  # reading a pipe would wait for ever
                folder.findings.append(
                    Finding(name, (), "unreadable", (("reason", "it is not a regular file"),), "file")
                )


def _inside(root: File, name: str) -> bool:
    return (root / name).resolve().is_relative_to(root.resolve())


def _assign(folder: Folder, name: str) -> None:
    parent, _, leaf = name.rpartition("/")
    if leaf.endswith(".yml"):
        right = leaf[:-4] + ".yaml"
        folder.findings.append(Finding(name, (), "file-ending", (("name", right),), "file"))
    elif leaf == DEFAULTS:
        folder.defaults[parent] = name
    elif name == CONTACTS:
        folder.contacts = name
    elif leaf == CONTACTS:
        folder.findings.append(
            Finding(name, (), "misplaced", (("name", leaf), ("right", folder.shown(CONTACTS))), "file")
        )
    elif parent == PROFILES:
        folder.profiles[leaf.removesuffix(".yaml")] = name
    else:
        folder.flows.append(name)


@dataclass(frozen=True, slots=True)
class Scope:
    """A monitors folder, and the file or sub-folder of it that is meant ('' is all of it)."""

    root: File
    only: str = ""


def scope(path: File) -> Scope:
    """The monitors folder that a path belongs to: the nearest one upwards that holds contacts.yaml.

    Else, of a folder, that within it which is called monitors, else the path itself.
    """
    start = path if path.is_dir() else path.parent
    for candidate in (start, *start.resolve().parents[:8]):
        if (candidate / CONTACTS).is_file():
            below = path.resolve().relative_to(candidate.resolve()).as_posix()
            return Scope(_as_written(path, start, candidate), "" if below == "." else below)
    inner = path / "monitors"
    return Scope(inner) if inner.is_dir() else Scope(start, "" if path.is_dir() else path.name)


def _as_written(path: File, start: File, candidate: File) -> File:
    """The folder in the person's own spelling where it has one, so that messages show paths they can click."""
    for written in (start, *start.parents):
        if written.resolve() == candidate.resolve():
            return written
    return File(os.path.relpath(candidate))
