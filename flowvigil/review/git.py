"""A repository as git tells it: commits, the files of one, who wrote a line. Checks nothing out and writes nothing.

Whatever cannot be answered is a GitError whose text says what to do.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LINK, SUBMODULE = "120000", "160000"


class GitError(Exception):
    """Git is missing, or the repository does not hold what was asked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit; `path` is relative to the folder that was listed.

    `size` is None for a submodule, and where a partial clone lacks the object.
    """

    mode: str
    name: str
    size: int | None
    path: str


@dataclass(frozen=True, slots=True)
class Blame:
    """The commit that last wrote a line."""

    commit: str
    author: str
    mail: str
    time: int
    summary: str


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that holds `folder`; `prefix` is the folder's path within it, empty or ending with `/`."""

    folder: Path
    prefix: str

    def commit(self, ref: str) -> str:
        """The commit that a name stands for. Raises GitError with the command that brings it."""
        found = _try(self.folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if found is None:
            if _try(self.folder, "rev-list", "--all", "--max-count=1") == "":
                raise GitError("there is no commit here yet, and a review compares two: git add, git commit, review")
            remote, _, branch = ref.rpartition("/")
            fetch = f"git fetch {remote or 'origin'} {branch}"
            raise GitError(f"there is no commit {ref!r} here; bring it with: {fetch}")
        return found.strip()

    def fork(self, base: str, head: str) -> str:
        """The commit at which `head` left `base`. Raises GitError that names the depth a shallow clone needs."""
        ours, theirs = self.commit(head), self.commit(base)
        found = _try(self.folder, "merge-base", theirs, ours)
        if found:
            return found.strip()
        if (_try(self.folder, "rev-parse", "--is-shallow-repository") or "").strip() == "true":
            held = self._count(ours)
            raise GitError(
                f"this clone is shallow: it holds {held} commit(s) of {head}, and none of them is on {base}. "
                f"It needs more than the commits of the pull request: fetch-depth: 0 in actions/checkout, "
                f"GIT_DEPTH: 0 in GitLab, or git fetch --depth {max(100, 2 * held)} origin"
            )
        raise GitError(f"{base} and {head} have no commit in common; name the branch that the change is for")

    def _count(self, commit: str) -> int:
        return int(_run(self.folder, "rev-list", "--count", commit))

    def entries(self, commit: str, below: str) -> list[Entry]:
        """What a commit holds in the folder itself, and all files under its folder `below`."""
        top = _run(self.folder, "ls-tree", "-z", "-l", commit)
        deep = _run(self.folder, "ls-tree", "-r", "-z", "-l", commit, "--", f"{below}/")
        return [_entry(line) for line in (top + deep).split("\0") if line and line.split(" ", 2)[1] != "tree"]

    def contents(self, names: Iterable[str]) -> Iterator[bytes]:
        """The bytes of blobs, in the order of their names, through one process."""
        wanted = "".join(f"{name}\n" for name in names).encode()
        done = subprocess.run(
            ["git", "cat-file", "--batch"], cwd=self.folder, input=wanted, capture_output=True, check=False
        )
        if done.returncode:
            raise GitError(done.stderr.decode(errors="replace").strip())
        yield from _blobs(done.stdout)

    def changed(self, below: Iterable[str]) -> list[str]:
        """Files under these paths that differ from the last commit, or are not in it."""
        text = _run(self.folder, "status", "--porcelain", "-z", "--", *below)
        return [line[3:] for line in text.split("\0") if line]

    def blame(self, path: str, line: int) -> Blame:
        """Who last wrote a line, which counts from 1. Raises GitError for a file without a commit."""
        text = _run(self.folder, "blame", "--porcelain", "-L", f"{line},{line}", "HEAD", "--", path)
        rows = dict(row.partition(" ")[::2] for row in text.split("\n")[1:])
        return Blame(
            text.split(" ", 1)[0], rows["author"], rows["author-mail"], int(rows["author-time"]), rows["summary"]
        )


def repository(folder: Path) -> Repository:
    """The repository that holds a folder. Raises GitError."""
    found = _try(folder, "rev-parse", "--show-prefix")
    if found is None:
        raise GitError(f"{folder} is in no git repository; a review compares two commits: git init, commit, review")
    return Repository(folder, found.strip())


def _entry(line: str) -> Entry:
    facts, _, path = line.partition("\t")
    mode, _kind, name, size = facts.split()
    return Entry(mode, name, int(size) if size.isdecimal() else None, path)


def _blobs(data: bytes) -> Iterator[bytes]:
    """The answers of `cat-file --batch`: a line with name, kind and size, the bytes, a line feed."""
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        words = data[at:end].split()
        if words[-1] == b"missing":
            raise GitError("an object is missing; the clone is partial: git fetch --refetch")
        size = int(words[2])
        yield data[end + 1 : end + 1 + size]
        at = end + 2 + size


def _run(folder: Path, *arguments: str) -> str:
    done = _git(folder, arguments)
    if done.returncode:
        raise GitError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def _try(folder: Path, *arguments: str) -> str | None:
    done = _git(folder, arguments)
    return None if done.returncode else done.stdout


def _git(folder: Path, arguments: Iterable[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=_environment(os.environ),
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError:
        raise GitError("there is no git on PATH; install it, since a review reads commits") from None


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    """Answers in English, no pager, no prompt, no lock taken for a mere look."""
    return {**given, "LC_ALL": "C.UTF-8", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
