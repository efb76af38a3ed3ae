"""`lint --fix`: puts what is surely right in the place of what is wrong, and leaves every other byte alone.

A file changes as a whole or not at all, and only if it still reads.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path as File

from flowvigil.provisioner.spec.reader import Unclean, read

from .checks.comments import unused
from .finding import Finding

_ROUNDS = 5


def repair(find: Callable[[], Sequence[Finding]]) -> tuple[int, Sequence[Finding]]:
    """Repair until nothing is left that can be; how many values changed, and the findings that remain."""
    done, findings = 0, find()
    for _ in range(_ROUNDS):
        changed = sum(_file(File(name), some) for name, some in _by_file(findings).items())
        if not changed:
            break
        done += changed
        findings = find()
    return done, findings


def _by_file(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings:
        if one.right or one.id == unused.id:
            found.setdefault(one.file, []).append(one)
    return found


def _file(path: File, findings: Sequence[Finding]) -> int:
    """How many findings of one file were repaired."""
    try:
        before = path.read_bytes()
        lines = before.decode().split("\n")
    except (OSError, UnicodeDecodeError):
        return 0
    taken: set[int] = set()
    done = 0
    for one in sorted(findings, key=lambda one: (one.line, one.column), reverse=True):
        if one.line in taken and one.id == unused.id:
            continue
        taken.add(one.line)
        _edit(lines, one)
        done += 1
    after = "\n".join(lines).encode()
    return done if after != before and _reads(after, before) and _written(path, after) else 0


def _edit(lines: list[str], one: Finding) -> None:
    line = lines[one.line - 1]
    head, tail = line[: one.column - 1], line[one.column - 1 + one.width :]
    if one.right:
        lines[one.line - 1] = head + one.right + tail
    elif head.strip():
        lines[one.line - 1] = head.rstrip() + tail
    else:
        del lines[one.line - 1]


def _reads(after: bytes, before: bytes) -> bool:
    """Whether the file reads afterwards, or did not before."""
    try:
        read(before)
        read(after)
    except Unclean:
        return False
    return True


def _written(path: File, data: bytes) -> bool:
    """Put the new text in the place of the old one in one step, keeping the file's mode."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        File(name).chmod(target.stat().st_mode & 0o7777)
        File(name).replace(target)
    except OSError:
        File(name).unlink(missing_ok=True)
        raise
    return True
