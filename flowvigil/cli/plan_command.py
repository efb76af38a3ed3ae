"""`flowvigil plan`: what a stack should hold, decided without engine, network or credentials."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowvigil.deploy.project import ProjectError, Target, find_project
from flowvigil.provisioner import showing
from flowvigil.provisioner.approval import SHARED
from flowvigil.provisioner.limits import Limit, limits
from flowvigil.review.phrases import phrase

from .console import BAD_INPUT, CLEAN, FINDINGS, Console, Exit, lang_option, language
from .opening import open_target, stack_option

if TYPE_CHECKING:
    from flowvigil.review.cost import Driver


@click.command("plan")
@stack_option
@click.option("--all-stacks", is_flag=True, help="Plan every stack of the project.")
@click.option("--hash", "hashes", is_flag=True, help="Print the hash of each flow's slice.")
@click.option("--limits", "rows", is_flag=True, help="Print how much of each limit of the services is used.")
@click.option("--cost", "priced", is_flag=True, help="Print a forecast of what a month costs, from dated prices.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@lang_option
def command(*, stack: str | None, all_stacks: bool, hashes: bool, rows: bool, priced: bool, as_json: bool) -> int:
    """Show what a stack should hold: every rule with its carrier, the reason, and the number of CMS series."""
    if sum((hashes, rows, priced)) > 1:
        raise Exit(BAD_INPUT, "--hash, --limits and --cost are three different things: one at a time")
    targets = _targets(stack, all_stacks=all_stacks)
    show = _hashes if hashes else _limits if rows else _cost if priced else _tree
    if as_json:
        data = _hashes_json if hashes else _limits_json if rows else _cost_json if priced else _tree_json
        found = {target.stack.name: data(target) for target in targets}
        Console().json(found if all_stacks else found[targets[0].stack.name])
    else:
        Console().say("\n\n".join(show(target, language()) for target in targets))
    over = rows and any(row.exceeded for target in targets for row in limits(target.plan))
    return FINDINGS if over else CLEAN


def _targets(stack: str | None, *, all_stacks: bool) -> list[Target]:
    if not all_stacks:
        return [open_target(stack)]
    if stack:
        raise Exit(BAD_INPUT, "--all-stacks and --stack both say which stacks; give one of them")
    try:
        return [open_target(name) for name in find_project(Path.cwd()).stacks()]
    except ProjectError as error:
        raise Exit(BAD_INPUT, str(error)) from error


def _tree(target: Target, lang: str) -> str:
    return "\n".join(showing.tree(target.plan, lang))


def _tree_json(target: Target) -> dict[str, Any]:
    return showing.as_json(target.plan)


def _hashes(target: Target, _lang: str) -> str:
    return "\n".join(f"{value}  {name}" for name, value in _hashes_json(target).items())


def _hashes_json(target: Target) -> dict[str, str]:
    return {**target.plan.slices, SHARED: target.plan.shared}


def _limits(target: Target, _lang: str) -> str:
    return "\n".join(_row(row) for row in limits(target.plan))


def _row(row: Limit) -> str:
    allowed = "?" if row.allowed is None else str(row.allowed)
    remedy = f"; {row.remedy}" if row.exceeded and row.remedy else ""
    return f"{'!' if row.exceeded else ' '} {row.used:>6} of {allowed:<5} {row.name} ({row.source}){remedy}"


def _limits_json(target: Target) -> list[dict[str, Any]]:
    return [
        {"name": row.name, "used": row.used, "allowed": row.allowed, "source": row.source, "exceeded": row.exceeded}
        for row in limits(target.plan)
    ]


def _cost(target: Target, lang: str) -> str:
    from flowvigil.review.cost import forecast, total

    drivers = forecast(target.plan, target.monitors)
    head = f"{phrase('cost', lang)} · {target.stack.name}"
    return "\n".join(
        [head, *(_priced(one, lang) for one in drivers), f"{total(drivers):>14.2f} CNY  {phrase('total', lang)}"]
    )


def _priced(driver: Driver, lang: str) -> str:
    if driver.cny is None:
        return f"{driver.amount:>14,.10g}  {driver.counted(lang)}: {phrase('unpriced', lang)}"
    dated = phrase("dated" if driver.checked else "unchecked", lang, date=driver.date)
    return f"{driver.amount:>14,.10g}  {driver.counted(lang)}: {driver.cny:.2f} CNY ({dated})"


def _cost_json(target: Target) -> dict[str, Any]:
    from flowvigil.review.cost import forecast, total

    drivers = forecast(target.plan, target.monitors)
    return {"drivers": [asdict(one) for one in drivers], "priced_total_cny": round(total(drivers), 2)}
