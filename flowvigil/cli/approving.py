"""Writes monitors.lock: the hashes of what a stack plans now become the approved ones."""

from __future__ import annotations

from dataclasses import asdict

from flowvigil.deploy.project import Project
from flowvigil.provisioner.approval import LOCK, LockError, read_lock, slices, unapproved, write_lock

from .console import BAD_INPUT, CLEAN, Console, Exit
from .opening import open_target


def approve_slices(project: Project, stack: str | None, *, as_json: bool) -> int:
    """Approve every flow of one stack, or of all; says what is new and leaves other stacks' lines alone."""
    path = project.root / LOCK
    console = Console(aside=as_json)
    fresh: list[dict[str, str]] = []
    try:
        approved = read_lock(path.read_text("utf-8") if path.exists() else "")
    except (LockError, UnicodeDecodeError) as error:
        raise Exit(BAD_INPUT, str(error)) from error
    for name in [stack] if stack else project.stacks():
        plan = open_target(name).plan
        for one in unapproved(plan, approved.get(name, {}), {}):
            console.say(f"{name}: {one}")
            fresh.append({"stack": name, **asdict(one)})
        approved[name] = slices(plan)
    path.write_text(write_lock(approved), "utf-8")
    if as_json:
        console.json(fresh)
    console.note(f"wrote {LOCK}; commit it, and who approved what is in its history")
    return CLEAN
