"""`flowvigil run simulate`: traffic in named shapes for flows on the pretend cloud, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click

from .console import BAD_INPUT, MISSING, Console, Exit, lang_option
from .opening import complete, open_target, opened, stack_option

LEVELS = ("Critical", "High", "Warn", "Medium", "Info", "Low")
"""The worst first."""
SEVERITIES = {"Critical": "critical", "Warn": "warning", "Info": "info"}
"""The levels of rules that call back, as the relay names them."""
_WRAPPED = re.compile(r"dingtalk://dingtalkclient/page/link\?url=([^&)\s]+)[^)\s]*")
"""How DingTalk is told to open a link in the browser; outside of it only the address inside opens."""
ROBOT_HOURS = 24 * 60 * 7


@click.command("simulate", epilog="Shapes: see `--shapes`, or docs/emulator.md.")
@stack_option
@lang_option
@click.option("--flow", "flows", multiple=True, metavar="NAME", help="The flow, may be repeated; without: the first.")
@click.option("--shape", default="creep", show_default=True, help="What its traffic looks like.")
@click.option(
    "--minutes", type=click.IntRange(1, ROBOT_HOURS), default=30, show_default=True, help="How long the traffic lasts."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same traffic.")
@click.option(
    "--speed", type=click.FloatRange(0), default=0.0, help="Times real time, of a virtual clock; 0: no limit."
)
@click.option("--only", is_flag=True, help="Leave the other flows silent instead of healthy.")
@click.option("--once", is_flag=True, help="Nothing is simulated where a message was sent before; it is shown again.")
@click.option("--settings", "path", type=click.Path(path_type=Path), help="What `export reporter` wrote; else asked.")
@click.option("--shapes", "listed", is_flag=True, help="List the shapes and end.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def command(
    *, stack: str | None, flows: tuple[str, ...], shape: str, minutes: int, seed: int, speed: float, only: bool,
    once: bool, path: Path | None, listed: bool, as_json: bool,
) -> int:  # fmt: skip
    """Drive flows through the real reporter, and print the message that would have arrived."""
    from flowvigil.relay.background import running
    from flowvigil.simulation import SHAPES, Drive, Follower, Report
    from flowvigil.simulation.cloud import CloudGone, PretendCloud

    console = Console()
    if listed:
        for name, one in SHAPES.items():
            console.say(f"{name:20}{one.says}")
        return 0
    if shape not in SHAPES:
        raise Exit(BAD_INPUT, f"--shape: there is no {shape!r}; shapes are {', '.join(SHAPES)}")
    address, folder = _place(stack)
    cloud = PretendCloud(address)
    try:
        if once and (before := cloud.messages()):
            return _tell(console, cloud.address, Report(messages=before), flows, as_json=as_json)
        settings = _settings(stack, path, console)
        chosen = _chosen([one.flow for one in settings.flows], flows)
        rest = [] if only else [one.flow for one in settings.flows if one.flow not in chosen]
        shapes = {**dict.fromkeys(rest, SHAPES["healthy"]), **dict.fromkeys(chosen, SHAPES[shape])}
        _announce(console, cloud, f"{shape} of {', '.join(chosen)}, {minutes} minutes", once=once)
        relay = running(folder / "relay")
        drive = Drive(cloud, settings, shapes, seed=seed, speed=speed, relay=Follower(relay) if relay else None)
        report = drive.run(minutes, _progress(console, minutes))
    except CloudGone as error:
        raise Exit(MISSING, str(error)) from error
    return _tell(console, cloud.address, report, tuple(chosen), as_json=as_json)


def _place(stack: str | None) -> tuple[str, Path]:
    """The address of the stack's pretend cloud, and the folder where what runs beside it keeps its state."""
    target = open_target(stack)
    if not target.pretend:
        raise Exit(BAD_INPUT, f"stack {target.stack.name} is no stack on the pretend cloud: nothing is simulated there")
    return target.pretend, target.project.local


def _settings(stack: str | None, path: Path | None, console: Console) -> Any:
    from flowvigil.reporter.contract import settings_from_json

    if path is not None:
        try:
            return settings_from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise Exit(BAD_INPUT, f"{path}: {error}") from error
    from flowvigil.deploy.reporter_settings import reporter_settings

    with opened(stack, console) as open_, complete():
        open_.session.prepare()
        config = open_.target.project.config(open_.session.stack)
        return reporter_settings(open_.target.plan, open_.session.state(), config)


def _chosen(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    unknown = [name for name in wanted if name not in known]
    if unknown or not known:
        raise Exit(BAD_INPUT, f"--flow: {', '.join(unknown) or 'none'} is not in the stack; flows: {', '.join(known)}")
    return list(dict.fromkeys(wanted)) or list(known[:1])


def _announce(console: Console, cloud: Any, what: str, *, once: bool) -> None:
    if cloud.virtual:
        console.note(f"simulating on the virtual clock: {what}")
    elif once:
        raise Exit(0, "the pretend cloud runs on the real clock, so nothing is simulated; see docs/emulator.md")
    else:
        console.note(f"simulating on the real clock, so it takes as long: {what}")


def _progress(console: Console, minutes: int) -> Any:
    def tell(report: Any) -> None:
        if report.minutes % 10 == 0 and report.minutes < minutes:
            console.note(f"  {report.minutes} of {minutes} minutes, {report.runs} runs")

    return tell


def _tell(console: Console, address: str, report: Any, flows: Sequence[str], *, as_json: bool) -> int:
    """What arrived: the worst message of the flows in full, the others by number."""
    text = arrived(report.messages, flows)
    page = f"http://{address}/"
    if as_json:
        console.json({"minutes": report.minutes, "runs": report.runs, "undelivered": report.undelivered,
                      "messages": report.messages, "page": page})  # fmt: skip
        return 0
    if report.minutes:
        console.say(f"{report.minutes} minutes, {report.runs} runs, {len(report.messages)} messages to DingTalk")
    if text:
        console.say(f"\nthis would have arrived in DingTalk:\n\n{_quoted(text)}\n")
    else:
        console.say("no message about it would have arrived in DingTalk")
    console.say(f"watch it: {page}")
    return 0


def arrived(messages: Sequence[dict[str, Any]], flows: Sequence[str]) -> str:
    """The text of the worst message about the flows, the relay's rather than the service's own; empty for none."""
    worst = _worst(messages, flows)
    return (_relayed(messages, worst) or str(worst["text"])) if worst else ""


def _worst(messages: Sequence[dict[str, Any]], flows: Sequence[str]) -> dict[str, Any] | None:
    alarms = [one for one in messages if one.get("after") in LEVELS and one.get("text") and one["status"] == "sent"]
    ours = [one for one in alarms if not flows or any(f"flow={name}" in str(one["dimension"]) for name in flows)]
    return min(ours, key=lambda one: (LEVELS.index(one["after"]), one["seq"]), default=None)


def _relayed(messages: Sequence[dict[str, Any]], own: dict[str, Any]) -> str:
    """What a relay made of the service's own message: the next of that severity and flow; empty where none did."""
    from flowvigil.relay.words import WORDS

    severity = SEVERITIES.get(own["after"], "")
    words = [one[severity] for one in WORDS.values() if severity]
    flow = next((part[5:] for part in re.split(r"[&,{}\s]+", str(own["dimension"])) if part.startswith("flow=")), "")
    for one in messages:
        said = one["message"].get("markdown", {}) if isinstance(one.get("message"), dict) else {}
        title, text = str(said.get("title", "")), str(said.get("text", ""))
        named = flow in text and any(word in title for word in words)
        if one["seq"] > own["seq"] and one["status"] == "sent" and named:
            return _WRAPPED.sub(lambda found: unquote(found[1]), text)
    return ""


def _quoted(text: str) -> str:
    return "\n".join(f"  │ {line}" for line in text.strip().splitlines())
