"""The settings file of a stack's reporters: the plan's settings with the group ids that only the cloud knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowvigil.provisioner.plan import Plan
from flowvigil.provisioner.settings import with_groups
from flowvigil.provisioner.stack import EMULATOR_KEY
from flowvigil.reporter.contract import Settings

from .cloud import access_from_config
from .exported import stack_outputs, state_ids


class NotUp(Exception):  # noqa: N818 - the name other rooms read in an except clause
    """The stack lacks what the settings refer to; the text says which flows and what to do."""


def reporter_settings(plan: Plan, state: Mapping[str, Any], config: Mapping[str, Any]) -> Settings:
    """The settings of all flows of a stack that is up. Their hash is that of the stack's own output.

    `state` is the stack's exported deployment, `config` its configuration. Raises NotUp.
    """
    ids = state_ids(state)
    lacking = [flow for flow, key in plan.groups.items() if not ids.get(key)]
    if lacking:
        name = plan.stack.name
        raise NotUp(f"not in stack {name} yet: {', '.join(lacking)}; bring it up first: flowvigil up -s {name}")
    settings = with_groups(plan.settings, {flow: ids[key] for flow, key in plan.groups.items()})
    return settings._replace(endpoints=endpoints(config))


def outdated(settings: Settings, state: Mapping[str, Any]) -> bool:
    """Whether the specs have changed since the last `up`, so that the cloud judges other series."""
    applied = stack_outputs(state).get("reporterSettings") or {}
    return applied.get("hash") != settings.hash


def endpoints(config: Mapping[str, Any]) -> dict[str, str]:
    """Where reporters send to, if not to the region's ordinary addresses."""
    emulator = config.get(EMULATOR_KEY)
    if emulator:
        return {"cms": f"http://{emulator}", "log": f"http://{emulator}"}
    access = access_from_config(config)
    named = {name: access.endpoints.get(name) for name in ("cms", "log")}
    return {name: f"{access.protocol.lower()}://{host}" for name, host in named.items() if host}
