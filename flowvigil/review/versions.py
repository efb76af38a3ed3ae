"""One version of a project, from a commit into a folder of its own, with nothing in it that could do harm.

Links, submodules, binary, huge and half-merged files are refused before anything reads them.
Knows which files make a project; knows nothing of what stands in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flowvigil.provisioner.spec.reader import LARGEST

from .git import LINK, SUBMODULE, Entry, Repository

MONITORS, POLICIES = "monitors", "policies"
MOST = 20_000
"""Files of one project."""

_PROJECT_FILE = re.compile(r"Pulumi(\.[A-Za-z0-9_-]+)?\.yaml|flowvigil\.yaml|monitors\.lock|cloud-facts\.json")
_CONFLICT = re.compile(rb"^(<<<<<<< |>>>>>>> )", re.MULTILINE)


class VersionError(Exception):
    """A commit holds something that no review reads; the text has one line for each such file."""


@dataclass(frozen=True, slots=True)
class Version:
    """A commit's project, written to `root`."""

    commit: str
    root: Path


def take_out(repository: Repository, commit: str, root: Path) -> Version:
    """Write the project's files of a commit below `root`. Raises VersionError or GitError."""
    entries = [one for one in repository.entries(commit, MONITORS) if _concerns(one.path)]
    if len(entries) > MOST:
        raise VersionError(f"{commit[:12]} holds {len(entries)} files under {MONITORS}; at most {MOST} are reviewed")
    files = _read(repository, commit, entries)
    (root / MONITORS).mkdir(parents=True)
    _put(root, files)
    return Version(commit, root)


def pack_of(repository: Repository, commit: str) -> dict[str, Entry]:
    """The files of a commit's policy pack, by path; empty if it has none."""
    entries = repository.entries(commit, POLICIES)
    found = {one.path: one for one in entries if one.path.startswith(f"{POLICIES}/") and "__pycache__" not in one.path}
    return found if f"{POLICIES}/PulumiPolicy.yaml" in found else {}


def take_pack(repository: Repository, commit: str, root: Path) -> Path:
    """Write a commit's policy pack below `root`; its folder. Raises VersionError or GitError."""
    _put(root, _read(repository, commit, list(pack_of(repository, commit).values())))
    return root / POLICIES


def _read(repository: Repository, commit: str, entries: Sequence[Entry]) -> list[tuple[Entry, bytes]]:
    refused = [text for one in entries if (text := _refusal(one))]
    files = [] if refused else list(zip(entries, repository.contents(one.name for one in entries), strict=True))
    refused += [text for one, data in files if (text := _unreadable(one, data))]
    if refused:
        raise VersionError("\n".join(f"{commit[:12]}: {text}" for text in refused))
    return files


def _put(root: Path, files: Iterable[tuple[Entry, bytes]]) -> None:
    made = set()
    for one, data in files:
        path = root / one.path
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.write_bytes(data)


def _concerns(path: str) -> bool:
    if path.startswith(f"{MONITORS}/"):
        return not any(part.startswith(".") for part in path.split("/"))
    return path == MONITORS or _PROJECT_FILE.fullmatch(path) is not None


def _refusal(entry: Entry) -> str:
    """Why an entry is not even read, or nothing."""
    if entry.mode == LINK:
        return f"{entry.path!r} is a symbolic link; put the file itself there"
    if entry.mode == SUBMODULE:
        return f"{entry.path!r} is a submodule; specs must stand in the repository itself"
    if ".." in entry.path.split("/"):
        return f"{entry.path!r} leads out of the project"
    if entry.size is not None and entry.size > LARGEST:
        return f"{entry.path!r} has {entry.size} bytes; at most {LARGEST} are read"
    return ""


def _unreadable(entry: Entry, data: bytes) -> str:
    if b"\0" in data[:8192]:
        return f"{entry.path!r} is binary"
    found = _CONFLICT.search(data)
    if found:
        line = data.count(b"\n", 0, found.start()) + 1
        return f"{entry.path!r} line {line}: a conflict marker; finish the merge and commit again"
    return ""
