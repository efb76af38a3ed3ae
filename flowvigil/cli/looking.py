"""Previews against the real stack with a role that may only read: `flowvigil preview --against live`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flowvigil.deploy import steps
from flowvigil.deploy.approvals import applied
from flowvigil.deploy.project import Project, ProjectError, Target, load_target
from flowvigil.deploy.session import EngineError
from flowvigil.provisioner.approval import slices
from flowvigil.provisioner.plan import PlanError
from flowvigil.provisioner.spec import SpecError
from flowvigil.provisioner.stack import StackError
from flowvigil.review.git import GitError, repository
from flowvigil.review.versions import VersionError, take_out

from .console import BAD_INPUT, MISSING, Console, Exit
from .ending import finish
from .opening import opened


def preview_live(base: str | None, stack: str | None, options: Sequence[str], console: Console) -> None:
    """Preview the folder against the stack as its state has it; first say which flows are not at `base` there."""
    with opened(stack, console) as open_:
        try:
            exported = open_.session.export()
        except EngineError as error:
            name = open_.session.stack
            raise Exit(MISSING, f"stack {name} has no state that can be read: {error}") from error
        if base:
            _say_behind(base, open_.target, exported, console)
        finish(steps.look(open_.target, open_.session, exported, options), open_.session.stack)


def _say_behind(base: str, target: Target, exported: Mapping[str, Any], console: Console) -> None:
    wanted, there = _slices(base, target), applied(exported["deployment"])
    names = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if names:
        console.note(f"the stack is not at {base}; what follows shows that too, for: {', '.join(names)}")
    else:
        console.note(f"the stack is at {base}; what follows is this change alone")


def _slices(base: str, target: Target) -> Mapping[str, str]:
    """The hashes of what a commit plans. Ends the command if it cannot be planned."""
    project = target.project
    with tempfile.TemporaryDirectory(prefix="flowvigil-base-") as folder:
        try:
            found = repository(project.root)
            version = take_out(found, found.fork(base, "HEAD"), Path(folder))
            return slices(load_target(Project(version.root, project.name), target.stack.name).plan)
        except (GitError, VersionError) as error:
            raise Exit(BAD_INPUT, str(error)) from error
        except (ProjectError, StackError, PlanError, SpecError) as error:
            raise Exit(BAD_INPUT, f"{base} cannot be planned, so nothing can be compared with it: {error}") from error
