"""`flowvigil review`: what a pull request changes, from two commits, without engine or account."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import click

from flowvigil.deploy.project import Project, ProjectError, find_project, load_target
from flowvigil.provisioner.approval import LOCK
from flowvigil.provisioner.plan import PlanError
from flowvigil.provisioner.spec import SpecError
from flowvigil.provisioner.stack import StackError
from flowvigil.review import comment, data, page
from flowvigil.review.comparing import Review, Side, compare
from flowvigil.review.git import GitError, Repository, repository
from flowvigil.review.novelty import new_findings
from flowvigil.review.said import Said, said
from flowvigil.review.versions import MONITORS, VersionError, take_out

from .console import BAD_INPUT, CLEAN, FINDINGS, MISSING, Console, Exit, lang_option, language
from .opening import stack_option
from .policing import Compared, unapproved_parts, with_policies

Fault = tuple[str, str]


@click.command("review")
@stack_option
@click.option("--base", metavar="REF", help="The branch or commit that the change is for, such as origin/main.")
@click.option("--head", metavar="REF", default="HEAD", show_default=True, help="The change.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html", "json"]),
    default="markdown",
    show_default=True,
    help="How the review is printed.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json; with --approve what is new, as JSON.")
@click.option("--post", type=click.Choice(["github", "gitlab", "codeup"]), help="Put the comment on the pull request.")
@click.option("--number", type=int, help="The pull request's number, for --post.")
@click.option("--approve", is_flag=True, help=f"Write the hashes of what the folder plans now into {LOCK}.")
@lang_option
def command(
    *,
    stack: str | None,
    base: str | None,
    head: str,
    form: str,
    as_json: bool,
    approve: bool,
    post: str | None,
    number: int | None,
) -> int:
    """Show what the commits since BASE change: alarms, resources, messages, cost.

    Reads both versions through git and checks nothing out. Exit code 1: the change cannot be planned.
    """
    gc.disable()  # the process ends soon, and what it reads stays in use until then
    _refuse_idle(post, number, other=as_json or approve or form != "markdown")
    project = _project()
    if approve:
        from .approving import approve_slices

        return approve_slices(project, stack, as_json=as_json or form == "json")
    if not base:
        raise Exit(BAD_INPUT, "name what to compare with: flowvigil review --base origin/main")
    reviews, notes, faults = _reviews(project, stack, base, head)
    shown = language()
    notes = [*(_fault(one) for one in faults), *notes]
    console = Console()
    if as_json or form == "json":
        console.json(data.as_json(reviews, shown, notes))
    elif form == "html":
        console.say(page.page(reviews, shown, notes).rstrip())
    else:
        text = comment.comment(project.name, reviews, shown, notes).rstrip()
        if post:
            _post(post, number, text, console)
        else:
            console.say(text)
    return FINDINGS if faults else CLEAN


def _refuse_idle(post: str | None, number: int | None, *, other: bool) -> None:
    """End the command if an option would do nothing. `other`: something else than a comment is wanted."""
    if post and other:
        raise Exit(BAD_INPUT, "--post posts Markdown: leave out --json, --format and --approve")
    if number is not None and not post:
        raise Exit(BAD_INPUT, "--number belongs to --post")


def _post(platform: str, number: int | None, text: str, console: Console) -> None:
    """Bring the pull request to exactly this comment. The token comes from the environment."""
    from flowvigil.review.posting.codeup import codeup
    from flowvigil.review.posting.door import Door, PostingError, keep_one
    from flowvigil.review.posting.github import github
    from flowvigil.review.posting.gitlab import gitlab

    doors: dict[str, Callable[[Mapping[str, str], int | None], Door]]
    doors = {"github": github, "gitlab": gitlab, "codeup": codeup}
    try:
        console.note(f"comment {keep_one(doors[platform](os.environ, number), text)}")
    except PostingError as error:
        raise Exit(MISSING, str(error)) from error


def _project() -> Project:
    try:
        return find_project(Path.cwd())
    except ProjectError as error:
        raise Exit(BAD_INPUT, str(error)) from error


def _reviews(project: Project, stack: str | None, base: str, head: str) -> tuple[list[Review], list[Said], list[Fault]]:
    """The stacks' reviews, what to note, and what keeps the head from being planned."""
    with tempfile.TemporaryDirectory(prefix="flowvigil-review-") as folder:
        try:
            found = repository(project.root)
            fork = found.fork(base, head)
            old = take_out(found, fork, Path(folder) / "base")
            new = take_out(found, found.commit(head), Path(folder) / "head")
        except (GitError, VersionError) as error:
            raise Exit(BAD_INPUT, str(error)) from error
        sides = [Project(version.root, project.name) for version in (old, new)]
        names = [stack] if stack else sides[1].stacks()
        _check(names, sides[1])
        compared, notes, faults = _compared(names, *sides)
        if compared:
            today = datetime.now(timezone.utc).date()
            found_new = new_findings(old.root / MONITORS, new.root / MONITORS, today)
            compared[0] = (replace(compared[0][0], findings=found_new), *compared[0][1:])
        commits = (found.commit(base), fork, new.commit)
        reviews, told = with_policies(found, commits, sides[1], compared, Path(folder) / "pack")
        missing = unapproved_parts(sides[1], compared)
        return reviews, [*notes, *missing, *told, *_uncommitted(found, head)], faults


def _check(names: Sequence[str], head: Project) -> None:
    known = head.stacks()
    if not known or not set(names) <= set(known):
        wanted, there = names[0] if names else "STACK", ", ".join(known) or "none"
        raise Exit(BAD_INPUT, f"there is no Pulumi.{wanted}.yaml in that commit; stacks: {there}")


def _compared(names: Sequence[str], old: Project, new: Project) -> tuple[list[Compared], list[Said], list[Fault]]:
    compared: list[Compared] = []
    notes, faults = [], []
    for name in names:
        after = _side(new, name)
        if not isinstance(after, Side):
            faults += [(name, line) for line in after]
            continue
        before = _side(old, name) if name in old.stacks() else []
        if not isinstance(before, Side):
            notes.append(_no_base(name, before))
            before = _nothing(after)
        compared.append((compare(name, before, after), before, after))
    return compared, notes, list(dict.fromkeys(faults))


def _side(project: Project, stack: str) -> Side | list[str]:
    """One version of a stack, or everything that is wrong with it."""
    try:
        target = load_target(project, stack)
    except SpecError as error:
        return [f"{one.text(language())}".replace(f"{project.root}/", "") for one in error.problems]
    except (ProjectError, StackError, PlanError) as error:
        return [line.replace(f"{project.root}/", "") for line in str(error).splitlines()]
    return Side(target.monitors, target.plan)


def _nothing(side: Side) -> Side:
    """The stack before there was anything."""
    from flowvigil.provisioner.monitor import Monitors
    from flowvigil.review.emptiness import empty_plan

    return Side(Monitors((), ()), empty_plan(side.plan.stack))


def _no_base(stack: str, problems: Sequence[str]) -> Said:
    if not problems:
        return said("stack {stack} is new", "Stack {stack} 是新的", stack=stack)
    return said(
        "the base of stack {stack} cannot be planned, so all of it counts as new: {why}",
        "Stack {stack} 的基线无法规划，因此全部视为新增：{why}",
        stack=stack,
        why=problems[0],
    )


def _fault(fault: Fault) -> Said:
    return said("{stack}: {text}", "{stack}：{text}", stack=fault[0], text=fault[1])


def _uncommitted(found: Repository, head: str) -> list[Said]:
    names = found.changed([MONITORS]) if head == "HEAD" else []
    if not names:
        return []
    count = len(names)
    en = f"{count} file(s) with uncommitted changes are not reviewed, such as {{name}}"
    return [said(en, f"{count} 个文件有未提交的改动，未参与评审，例如 {{name}}", name=names[0])]
