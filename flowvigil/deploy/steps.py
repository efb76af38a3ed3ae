"""What `up`, `preview` and `down` do, step by step, around one run of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flowvigil.provisioner.approval import OVERRIDE
from flowvigil.provisioner.objects import SECRETS, LogProject, LogStore, Secret, Template, Text, Value, secret_names

from .approvals import compare_live, refuse_unapproved
from .cloud import Cloud
from .exported import state_ids
from .foreign import Foreign, foreign_objects, namesakes
from .locks import free_dead_bucket_lock, free_dead_lock
from .log_door import LogDoor
from .orphans import end_orphans
from .policy_pack import policy_pack
from .project import Target
from .reasons import taking_back
from .recipients import absent_groups, owned
from .recover import settle
from .reverts import keep_wanted
from .running import Ended, run
from .session import Session
from .verify import Finding, verify

Note = Callable[[str], None]


class RefusedError(Exception):
    """Nothing was written, because something that is not ours, or not there, stands in the way.

    `foreign` are the objects that are not ours.
    """

    def __init__(self, message: str, foreign: Sequence[Foreign] = ()) -> None:
        super().__init__(message)
        self.foreign = tuple(foreign)


def up(target: Target, session: Session, cloud: Cloud, note: Note, options: Sequence[str] = ()) -> Ended:
    """Recover, refuse what is foreign, run the engine; returns how it ended.

    Raises RefusedError before the first write, LockedError, CloudError or EngineError.
    """
    exported = recover(session, cloud, note)
    refuse_unapproved(target, exported["deployment"], session.environment.get(OVERRIDE, ""))
    keep_wanted(session, exported, target.plan, note)
    refuse_missing_secrets(target)
    refuse_absent_groups(absent_groups(target, cloud), target)
    logs = LogDoor(cloud, target.pretend)
    refuse_foreign(foreign_objects(target.plan, exported["deployment"], cloud, logs), target)
    fixed = ["--suppress-outputs", "--continue-on-error", "--stack", session.stack]  # one bad rule must not stop others
    with policy_pack(target, exported["deployment"]) as policies:
        return run(session, "up", *fixed, *policies, *options)


def recover(session: Session, cloud: Cloud, note: Note) -> dict[str, Any]:
    """Free the lock of a dead run, end what it left running, settle what it was at; the stack's export afterwards."""
    exported = session.prepare()
    free_dead_lock(session, note)
    free_dead_bucket_lock(session, note)
    if end_orphans(session.mark):
        note("ended what an interrupted run had left running")
    if session.folder:
        session.folder.sweep()
    return settle(session, exported, cloud, note)


def down(session: Session, cloud: Cloud, note: Note, options: Sequence[str] = ()) -> Ended:
    """Recover, then remove what the stack made; returns how the engine ended."""
    recover(session, cloud, note)
    return run(session, "destroy", "--stack", session.stack, *options)


def preview(target: Target, session: Session, note: Note, options: Sequence[str] = ()) -> Ended:
    """Show what `up` would change; writes nothing to the cloud. Raises RefusedError if secrets are not set."""
    refuse_missing_secrets(target)
    exported = session.prepare()
    free_dead_lock(session, note)
    return look(target, session, exported, options)


def look(target: Target, session: Session, exported: Mapping[str, Any], options: Sequence[str] = ()) -> Ended:
    """Show what `up` would change of a stack whose export is at hand; writes nothing, neither to cloud nor backend."""
    with policy_pack(target, exported["deployment"]) as policies:
        return run(session, "preview", "--suppress-outputs", "--stack", session.stack, *policies, *options)


def check(target: Target, session: Session, cloud: Cloud) -> list[Finding]:
    """Compare the cloud's rules with the plan, and both with what was approved."""
    return [*verify(target.plan, state_ids(session.state()), cloud), *compare_live(target, cloud)]


def repair(target: Target, session: Session, cloud: Cloud, findings: Sequence[Finding]) -> None:
    """Apply again the templates whose rules are missing or differ."""
    ids = state_ids(session.state())
    wanted = {finding.template for finding in findings}
    for one in target.plan.objects:
        if isinstance(one, Template) and one.key in wanted:
            cloud.apply(ids[one.key], ids[one.group.object], one.silence_s, _revealed(one.webhook, session))


def missing_secrets(target: Target) -> list[str]:
    """The names of the plan's secrets that the stack's configuration lacks."""
    present = target.project.config(target.stack.name)
    return [name for name in secret_names(target.plan.objects) if f"{SECRETS}:{name}" not in present]


def refuse_missing_secrets(target: Target) -> None:
    """Raises RefusedError naming the command for each secret of the plan that the stack lacks."""
    missing = missing_secrets(target)
    if missing:
        name = target.stack.name
        command = f"flowvigil engine exec -- config set --stack {name} --secret {SECRETS}:"
        commands = "\n".join(f"  {command}{one} VALUE" for one in missing)
        raise RefusedError(
            f"nothing was changed, because these secrets are not set for stack {name}; set them with:\n{commands}"
        )


def refuse_absent_groups(absent: Sequence[str], target: Target) -> None:
    """Raises RefusedError naming the contact groups that are not there, and who makes them."""
    if not absent:
        return
    lines = "\n".join(f"  {one}" for one in absent)
    theirs = set(owned(target).values())
    ways = {
        f"Bring up {target.stack.shared_prefix} first: it makes those that begin with its name.": theirs & {*absent},
        "Make those that contacts.yaml calls existing, or correct their names.": {*absent} - theirs,
    }
    said = "nothing was changed, because alarms would reach nobody: the account lacks these contact groups:"
    raise RefusedError("\n".join([f"{said}\n{lines}", *(way for way, names in ways.items() if names)]))


def refuse_foreign(found: Sequence[Foreign], target: Target) -> None:
    """Raises RefusedError listing what stands in the way, and where it may come from."""
    if not found:
        return
    names = {one.name for one in found}
    kept = [
        one
        for one in target.plan.objects
        if isinstance(one, (LogProject, LogStore)) and one.protect and one.name in names
    ]
    lines = "\n".join(f"  {one}" for one in found)
    said = [
        f"nothing was changed, because these are not ours:\n{lines}",
        *(_alike(target.stack.name, other) for other in namesakes(target)),
        "Rename yours, or refer to theirs: `existing: true` in contacts.yaml, flowvigil:logProject for a log project.",
        *([taking_back(kept, target.stack.name)] if kept else []),
    ]
    raise RefusedError("\n".join(said), found)


def _alike(name: str, other: str) -> str:
    return f"Stack {other} of this project has such names too, for the services write {other} and {name} alike."


def _revealed(value: Value | None, session: Session) -> str | None:
    """A plan's text with its secrets in place, for a call that is made without the engine."""
    if value is None:
        return None
    parts = value.parts if isinstance(value, Text) else (value,)
    return "".join(_secret(part, session) if isinstance(part, Secret) else str(part) for part in parts)


def _secret(secret: Secret, session: Session) -> str:
    return session.ask("config", "get", f"{SECRETS}:{secret.name}", "--stack", session.stack).rstrip("\n")
