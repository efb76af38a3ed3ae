"""`flowvigil why`: who answers for an alarm. Today: who approved it, from the history of monitors.lock."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone

import click

from flowvigil.deploy.project import Target
from flowvigil.provisioner import objects as o
from flowvigil.provisioner.approval import LOCK, LockError, line_of, read_lock
from flowvigil.review.git import Blame, GitError, repository

from .console import BAD_INPUT, CLEAN, FINDINGS, Console, Exit, lang_option
from .opening import open_target, stack_option


@click.command("why")
@click.argument("alarm")
@stack_option
@lang_option
@click.option("--approved-by", is_flag=True, help="The commit and the author that approved what is applied.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(alarm: str, stack: str | None, *, approved_by: bool, as_json: bool) -> int:
    """Say who approved ALARM: a flow, flow/alarm, or the alarm's name as the cloud's message shows it."""
    if not approved_by:
        raise Exit(BAD_INPUT, f"say what you want to know: flowvigil why {alarm} --approved-by")
    target = open_target(stack)
    flow = _flow(target, alarm)
    value, blame = _approval(target, flow)
    planned = target.plan.slices[flow]
    if as_json:
        Console().json({"flow": flow, "approved": value, "planned": planned, **asdict(blame)})
    else:
        _print(flow, value, planned, blame)
    return CLEAN if value == planned else FINDINGS


def _flow(target: Target, alarm: str) -> str:
    """The flow that an alarm belongs to."""
    found = {
        name: one.flow
        for one in target.plan.objects
        if isinstance(one, (o.Rule, o.Template)) and one.flow
        for name in (one.name, *(rule.name for rule in getattr(one, "rules", ())))
    }
    flow = found.get(alarm, alarm.partition("/")[0])
    alarms = {one.share.condition.alarm for one in target.plan.choices.get(flow, ())}
    named = alarm.partition("/")[2] if alarm not in found else ""
    if flow not in target.plan.slices or (named and named not in alarms):
        known = ", ".join(sorted(alarms) if alarms else sorted(target.plan.slices)[:20])
        raise Exit(BAD_INPUT, f"there is no alarm {alarm!r} in stack {target.stack.name}; there are: {known}")
    return flow


def _approval(target: Target, flow: str) -> tuple[str, Blame]:
    path = target.project.root / LOCK
    name = target.stack.name
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        line = line_of(text, name, flow)
        if line is None:
            raise Exit(FINDINGS, f"nobody approved {flow} of {name}: it is not in {LOCK}")
        return read_lock(text)[name][flow], repository(target.project.root).blame(LOCK, line)
    except (LockError, GitError) as error:
        raise Exit(BAD_INPUT, str(error)) from error


def _print(flow: str, value: str, planned: str, blame: Blame) -> None:
    console = Console()
    when = datetime.fromtimestamp(blame.time, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    if set(blame.commit) == {"0"}:
        console.say(f"{flow}: slice {value}, approved in {LOCK}, which is not committed yet")
    else:
        console.say(f"{flow}: slice {value}, approved by {blame.author} {blame.mail} on {when}")
        console.say(f"commit {blame.commit[:12]}: {blame.summary}")
    if value != planned:
        console.note(f"the folder plans slice {planned} now, which is not what was approved")
