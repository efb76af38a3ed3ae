"""Previews a change against a commit instead of an account: `flowvigil preview --base`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from flowvigil.deploy import steps
from flowvigil.deploy.project import ProjectError, Target, find_project, load_target
from flowvigil.deploy.session import EngineError
from flowvigil.deploy.trial import trial
from flowvigil.emulator import EmulatorError
from flowvigil.engine import EngineMissing, find
from flowvigil.provisioner.plan import PlanError
from flowvigil.provisioner.spec import SpecError
from flowvigil.provisioner.stack import StackError
from flowvigil.review.git import GitError, repository
from flowvigil.review.versions import VersionError, take_out

from .console import BAD_INPUT, MISSING, Console, Exit
from .ending import finish
from .opening import open_target


def preview_against(base: str, stack: str | None, options: Sequence[str], console: Console) -> None:
    """Bring up what `base` asked for on a throw-away pretend cloud, then preview the folder as it is."""
    target = open_target(stack)
    try:
        _preview(base, target, options, console)
    except (GitError, VersionError) as error:
        raise Exit(BAD_INPUT, str(error)) from error
    except (ProjectError, StackError, PlanError, SpecError) as error:
        raise Exit(BAD_INPUT, f"{base} cannot be planned, so there is nothing to preview against: {error}") from error
    except (EngineMissing, EngineError, EmulatorError) as error:
        raise Exit(MISSING, str(error)) from error


def _preview(base: str, target: Target, options: Sequence[str], console: Console) -> None:
    project = find_project(Path.cwd())
    engine = find()
    found = repository(project.root)
    with tempfile.TemporaryDirectory(prefix="flowvigil-trial-") as name:
        folder = Path(name)
        version = take_out(found, found.fork(base, "HEAD"), folder / "base")
        with trial(project, target.stack.name, engine, folder, console.note) as made:
            made.put(version.root)
            console.note(f"bringing up {base} there")
            made.up()
            made.put(project.root)
            there = load_target(made.project, made.stack)
            finish(steps.preview(there, made.session, console.note, options), made.stack)
