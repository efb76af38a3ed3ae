"""Python and the libraries, against what flowvigil was tested with."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import metadata

from packaging.requirements import Requirement

from .check import Check, bad, missing, ok, warn

EXTRAS = ("provision", "local")
INSTALL = "pip install 'flowvigil[provision,local]'"
OLDEST, NEWEST = (3, 10), (3, 13)


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """The interpreter."""
    text = ".".join(map(str, version[:3]))
    if version[:2] < OLDEST:
        return bad("python", text, "use Python 3.10 to 3.13")
    if version[:2] > NEWEST:
        return warn("python", text, "tested are 3.10 to 3.13")
    return ok("python", text)


def libraries() -> Iterator[Check]:
    """What our own package asks for, against what is installed; one line if all is as tested."""
    wanted = list(requirements(metadata.requires("flowvigil") or ()))
    found = [check for check in map(library, wanted) if check]
    yield from found or [ok("libraries", f"{len(wanted)}, in the tested ranges")]


def requirements(lines: Iterable[str]) -> Iterator[Requirement]:
    """The requirements that `flowvigil[provision,local]` has on this Python."""
    for one in map(Requirement, lines):
        if one.name != "flowvigil" and any(not one.marker or one.marker.evaluate({"extra": name}) for name in EXTRAS):
            yield one


def library(wanted: Requirement) -> Check | None:
    """What is wrong with one library; None if nothing is."""
    try:
        version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return missing(wanted.name, "is not installed", INSTALL)
    if wanted.specifier.contains(version, prereleases=True):
        return None
    return warn(wanted.name, version, f"tested is {wanted.specifier}: {INSTALL}")
