"""Pipelines for `flowvigil init --ci`: what they need to know of a project on disk, and what to tell a person."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flowvigil.deploy.project import Project, ProjectError, find_project
from flowvigil.review.git import GitError, repository
from flowvigil.scaffold.pipelines import Pipelines, next_of, problems_of, render_pipelines

from .console import BAD_INPUT, Console, Exit

REQUIREMENTS = "requirements.txt"


def of_project(folder: Path, platform: str, branch: str, given: Mapping[str, str]) -> Pipelines:
    """The pipelines of the project in `folder`. Ends the command if they cannot be written for it."""
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise Exit(BAD_INPUT, f"{folder} holds a project, so --ci writes pipelines alone; leave out {options}")
    try:
        project = find_project(folder.resolve())
        stacks = [name for name in project.stacks() if not project.pretend(name)]
        wanted = Pipelines(platform, stacks, branch, project.backend)
    except ProjectError as error:
        raise Exit(BAD_INPUT, str(error)) from error
    _check(project, wanted)
    return wanted


def pipelines(wanted: Pipelines) -> dict[str, str]:
    """The files. Ends the command with everything that is wrong with their names."""
    wrong = problems_of(wanted)
    if wrong:
        raise Exit(BAD_INPUT, "\n".join(wrong))
    return render_pipelines(wanted)


def tell(folder: Path, wanted: Pipelines, console: Console) -> None:
    """What is left to do, after the files are there."""
    console.say(f"Next, on {wanted.platform}:")
    for line in next_of(wanted):
        console.say(f"  {line}")
    if not wanted.stacks:
        console.note(
            "there is no stack on an account, so nothing is deployed on merge; once one is, run this again with --force"
        )
    if wanted.backend.startswith("file:"):
        console.note("the state lies in a folder, which a runner does not keep; name a backend that both can reach")
    if not (folder / REQUIREMENTS).exists():
        console.note(
            f"the pipelines install {REQUIREMENTS}, which is not there; it must name flowvigil[provision,local]"
        )


def _check(project: Project, wanted: Pipelines) -> None:
    try:
        prefix = repository(project.root).prefix
    except GitError:
        return
    if prefix:
        raise Exit(BAD_INPUT, f"pipelines stand at the root of a repository, and the project is in its folder {prefix}")
