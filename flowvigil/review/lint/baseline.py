"""A baseline: findings that an old repository begins with, so that lint speaks only of new ones.

A finding is known by its file, check and keys, never by its line. Errors stay: what cannot be deployed is no custom.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path as File
from typing import Any

from .check import Grade
from .finding import Finding

Known = frozenset[tuple[str, str, str]]


class BaselineError(ValueError):
    """The file is no baseline; the text says why."""


def written(findings: Sequence[Finding]) -> str:
    """The baseline that knows all of these but errors."""
    rows = sorted({_key(one) for one in findings if one.grade is not Grade.ERROR})
    listed = [{"file": file, "check": check, "path": path} for file, check, path in rows]
    return json.dumps({"baseline": 1, "findings": listed}, ensure_ascii=False, indent=1) + "\n"


def read_baseline(path: File) -> Known:
    """What a baseline knows. Raises BaselineError."""
    try:
        data: Any = json.loads(path.read_bytes())
        if data["baseline"] != 1:
            raise BaselineError(f"{path}: baseline {data['baseline']!r} is not 1")
        return frozenset((str(one["file"]), str(one["check"]), str(one["path"])) for one in data["findings"])
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror}; make it with --write-baseline") from error
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, BaselineError):
            raise
        raise BaselineError(f"{path}: not a baseline; make it with --write-baseline") from error


def new(findings: Sequence[Finding], known: Known) -> tuple[list[Finding], int]:
    """The findings that the baseline does not know, and how many of its own are gone and may leave it."""
    met = {_key(one) for one in findings}
    return [one for one in findings if one.grade is Grade.ERROR or _key(one) not in known], len(known - met)


def _key(one: Finding) -> tuple[str, str, str]:
    return one.file, one.id, one.path
