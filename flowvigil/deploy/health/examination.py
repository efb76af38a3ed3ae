"""The whole examination, in the order in which things are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..project import Project, ProjectError, find_project
from .account import account_checks
from .check import Check, State, ok, warn
from .check import bad as bad_check
from .engine import parts
from .libraries import libraries, python
from .project import stack_checks


def examine(start: Path, stack: str | None = None, lang: str = "en") -> Iterator[Check]:
    """This machine, the project that `start` is in, and one stack of it, or all; a stack's checks name it.

    A problem of the specs is quoted in `lang`, `en` or `zh`.
    """
    yield python()
    yield from libraries()
    yield from parts()
    try:
        project = find_project(start)
    except ProjectError as error:
        text, _, right = str(error).partition(". Start")
        yield warn("project", text, "flowvigil init") if right else bad_check("project", text, "mend Pulumi.yaml")
        return
    yield ok("project", f"{project.name} in {project.root}")
    if stack and stack not in project.stacks():
        yield bad_check("stack", f"{stack} is not there", f"stacks here: {', '.join(project.stacks()) or 'none'}")
        return
    for name in [stack] if stack else project.stacks():
        yield from _of_stack(project, name, lang)


def _of_stack(project: Project, name: str, lang: str) -> Iterator[Check]:
    checks = list(stack_checks(project, name, lang=lang))
    if checks[0].state is State.OK:  # otherwise the configuration cannot even say where the account is
        checks += account_checks(project.config(name))
    for check in checks:
        yield replace(check, about=f"{name}: {check.about}")
