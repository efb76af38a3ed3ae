"""`flowvigil verify`: the cloud's rules against the plan, and what the live service does that nobody documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from flowvigil.deploy.probe.inquiry import FAMILIES

from .comparing import compare
from .console import BAD_INPUT, Exit, lang_option
from .opening import stack_option


@click.command()
@stack_option
@lang_option
@click.option("--repair", is_flag=True, help="Apply templates again whose rules are missing or differ.")
@click.option("--langflow", metavar="URL|FILE", help="Compare with the flows of a LangFlow or of what it exported.")
@click.option(
    "--code", type=click.Path(path_type=Path), metavar="FOLDER", help="Compare with the flows that code names."
)
@click.option("--offline", is_flag=True, help="Read no rules: only --langflow and --code, without engine or account.")
@click.option("--probe", is_flag=True, help="Ask what the service does where its documentation is silent.")
@click.option("--family", "families", multiple=True, type=click.Choice(FAMILIES), help="Ask only these; repeatable.")
@click.option("--callback", default="", metavar="URL", help="How the service reaches this machine, for callbacks.")
@click.option("--listen", default=0, type=click.IntRange(0, 65535), help="The port that --callback leads to.")
@click.option("--clean", is_flag=True, help="Remove what a probe that was killed left behind.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before probing or cleaning.")
@click.option("--json", "as_json", is_flag=True, help="The findings, the facts, or what was removed, as JSON.")
def command(
    *, stack: str | None, repair: bool, probe: bool, families: tuple[str, ...], callback: str, listen: int,
    clean: bool, yes: bool, as_json: bool, **flows: Any,
) -> int | None:  # fmt: skip
    """Read the rules back from the cloud and compare them with the specs, and these with the flows that there are."""
    if sum((repair, probe, clean)) > 1:
        raise Exit(BAD_INPUT, "--repair, --probe and --clean are three different things: one at a time")
    if (families or callback or listen) and not probe:
        raise Exit(BAD_INPUT, "--family, --callback and --listen belong to --probe")
    if not probe and not clean:
        compare(stack=stack, repair=repair, as_json=as_json, **flows)
        return None
    if any(flows.values()):
        raise Exit(BAD_INPUT, "--langflow, --code and --offline compare; they go without --probe and --clean")
    from . import probing

    if clean:
        return probing.clean(stack, yes=yes, as_json=as_json)
    return probing.ask(stack, families, callback, listen, yes=yes, as_json=as_json)
