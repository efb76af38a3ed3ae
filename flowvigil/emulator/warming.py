"""Makes ready, after a start, what the first look at the page would wait for: columns of the log lines that the state
kept, the page's questions, its templates.

Goes in short steps in the loop's own thread, so requests are answered in between and find the same as ever: a query
takes in for itself what is not in columns yet.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Iterator

from flowvigil.emulator.accounts import Caller
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.page import history, measured, overview
from flowvigil.emulator.page.rendering import environment
from flowvigil.emulator.querying.answers import fill
from flowvigil.emulator.sls import store_models
from flowvigil.emulator.tenant import Tenant
from flowvigil.emulator.world import World

PAUSE_S = 0.01
"""Between two steps: time for a request to come in and be answered."""
ACCOUNTS = "SELECT DISTINCT account FROM objects WHERE kind=?"


async def warming(world: World) -> None:
    """Go through all steps; a failure is printed and ends it, whoever asks then does the rest."""
    try:
        for _ in steps(world):
            await asyncio.sleep(PAUSE_S)
    except Exception:
        traceback.print_exc(file=sys.stderr)


def steps(world: World) -> Iterator[None]:
    """What there is to do, one part before each yield; nothing where no lines are kept."""
    if not world.state.db.execute("SELECT 1 FROM logs LIMIT 1").fetchone():
        return
    world.alarms.look()
    yield
    for (account,) in world.state.db.execute(ACCOUNTS, (store_models.INDEX,)).fetchall():
        tenant = world.tenant(Caller(account))
        for project, store in measured.stores(tenant):
            yield from _filled(tenant, project, store)
        overview.rows(world, tenant, history.Told(world))
        yield
    yield from _templates()


def _filled(tenant: Tenant, project: str, store: str) -> Iterator[None]:
    try:
        while fill(tenant, project, store):
            yield
    except CloudError:
        return


def _templates() -> Iterator[None]:
    templates = environment()
    for name in templates.list_templates():
        templates.get_template(name)
        yield
