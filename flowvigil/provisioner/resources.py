"""Turns a plan into Pulumi registrations, one object each; the only module that knows Pulumi or the provider.

Registers untyped resources with the provider's wire names: the typed classes cost a third more time per resource
and add nothing, since a test compares every name used here with them. Knows nothing of YAML.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pulumi.runtime.settings import get_root_resource

from ..reporter.contract import settings_to_json
from . import objects as o
from .approval import OVERRIDE, read_lock, refusal, slices, unapproved
from .plan import Plan, log_links
from .queries import dashboard_link
from .settings import with_groups
from .wire import KINDS, RECORDS_REGION, Need, Props

READS, AGAIN_S = 5, 0.2
"""How often the state is read, and after how many seconds again: the engine may just be writing it, and of a folder's
state a part is written in place, which makes the whole unreadable for that moment (gocloud.dev/blob/fileblob)."""

_COLLECT_EVERY = 50_000
_SECRET_WORDS = ("Key", "Token", "Oidc", "assumeRole")  # in names of the provider's settings that may hold a secret


def configuration() -> Mapping[str, str]:
    """The stack's configuration by full key; secret values are among them and must not be printed."""
    return {**get_config_env(), **CONFIG.get()}


def provision(plan: Plan) -> dict[str, pulumi.Resource]:
    """Register every object of the plan; returns them by key.

    Raises pulumi.RunError that names the command for each secret that is not set, before anything is registered.
    """
    gc.freeze()  # the collector would walk all that Pulumi retains anyway: half of the time of a large preview
    gc.set_threshold(_COLLECT_EVERY)
    registry = _Registry(plan, _secrets(plan.objects))
    for one in plan.objects:
        registry.register(one)
    return registry.made


def _secrets(objects: Iterable[o.Object]) -> dict[str, pulumi.Output[str]]:
    config = pulumi.Config(o.SECRETS)
    values = {name: config.get_secret(name) for name in o.secret_names(objects)}
    missing = [name for name, value in values.items() if value is None]
    if missing:
        lines = [f"  pulumi config set --secret {o.SECRETS}:{name} VALUE" for name in missing]
        raise pulumi.RunError("these secrets are not set; nothing was changed. Set them with:\n" + "\n".join(lines))
    return {name: value for name, value in values.items() if value is not None}


def permit(plan: Plan, lock: Path) -> None:
    """Let a plan through whose every part is applied or approved, if its stack wants that; `lock` is monitors.lock.

    A preview only warns. An override is logged and stays in the stack's outputs until the next run.
    Raises pulumi.RunError that names each part and what to do, before anything is registered.
    """
    if not plan.stack.require_approval:
        return
    approved = read_lock(lock.read_text("utf-8") if lock.exists() else "").get(plan.stack.name, {})
    found = unapproved(plan, approved, {})
    found = found and unapproved(plan, approved, _applied())
    reason = os.environ.get(OVERRIDE, "").strip()
    if found and reason:
        names = ", ".join(map(str, found))
        pulumi.log.warn(f"not approved, but applied because of {OVERRIDE}: {reason}: {names}")
        pulumi.export("approvalOverride", {"reason": reason, "slices": {one.flow: one.slice for one in found}})
    elif found and pulumi.runtime.is_dry_run():
        pulumi.log.warn(f"an update would be refused: {refusal(found, plan.stack.name)}")
    elif found:
        raise pulumi.RunError(refusal(found, plan.stack.name))


def _applied() -> Mapping[str, str]:
    """The hashes that this stack's last finished update left in its outputs; the engine reads them from the state."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    told = _read_outputs(name)
    found: Mapping[str, str] = (told.get("outputs") or {}).get("slices") or {}
    return found


def _read_outputs(stack: str) -> Mapping[str, Any]:
    read = partial(pulumi.runtime.invoke, "pulumi:pulumi:readStackOutputs", {"name": stack})
    for _ in range(READS - 1):
        with suppress(Exception):  # the runtime has no narrower type
            return read().value or {}
        time.sleep(AGAIN_S)
    return read().value or {}


def outputs(plan: Plan, made: Mapping[str, pulumi.Resource]) -> dict[str, Any]:
    """What the stack exports: links to dashboards by key, to logs by flow, slices, settings with the real group ids."""
    groups = {flow: made[key].id for flow, key in plan.groups.items()}  # type: ignore[attr-defined]
    dashboards = [one for one in plan.objects if isinstance(one, o.Dashboard)]
    stack = plan.stack
    return {
        "dashboards": {
            one.key: dashboard_link(project=one.project, name=one.name, region=stack.region, console=stack.console)
            for one in dashboards
        },
        "logs": log_links(plan),
        "slices": slices(plan),
        "reporterSettings": pulumi.Output.from_input(groups).apply(
            lambda ids: settings_to_json(with_groups(plan.settings, ids))
        ),
    }


@dataclass
class _Registry:
    plan: Plan
    secrets: Mapping[str, pulumi.Output[str]]

    def __post_init__(self) -> None:
        self.made: dict[str, pulumi.Resource] = {}
        self.named: dict[tuple[type, str], pulumi.Resource] = {}
        self.version = version("pulumi-alicloud")
        self.rules: dict[str | None, list[pulumi.Resource]] = {}
        self.records: pulumi.ProviderResource | None = None

    def register(self, one: o.Object) -> None:
        kind = KINDS[type(one)]
        options = pulumi.ResourceOptions(
            version=self.version,
            depends_on=[*self._needed(kind.needs(one)), *self._carrying_before(one)] or None,
            aliases=[pulumi.Alias(name=self.plan.aliases[one.key])] if one.key in self.plan.aliases else None,
            retain_on_delete=getattr(one, "protect", None) or None,
            provider=self._records_provider() if isinstance(one, o.LogRecord) else None,
        )
        made = self._made(kind.token, one.key, kind.props(one, self.resolve), options)
        self.made[one.key] = made
        if isinstance(one, o.Rule):
            self.rules.setdefault(one.flow, []).append(made)
        self.named[type(one), getattr(one, "name", one.key)] = made

    def _made(self, token: str, key: str, props: Props, options: pulumi.ResourceOptions) -> pulumi.Resource:
        """Pulumi makes an output with a task of its own for each property that it sees here, 3 kB each, and nobody
        reads them: so it sees none, and finds them when it registers the resource, once the program has run.

        A transformation of the user's must see them at once.
        """
        if _transformed():
            return pulumi.CustomResource(token, key, props, options)
        sent: Props = {}
        made = pulumi.CustomResource(token, key, sent, options)
        sent.update(props)
        return made

    def _needed(self, needs: Iterable[Need]) -> list[pulumi.Resource]:
        return [self.named[need] for need in needs if need in self.named]

    def _carrying_before(self, one: o.Object) -> list[pulumi.Resource]:
        """Applying a template ends the flow's older ones, so what it hands over to direct rules must be there first."""
        return self.rules.get(one.flow, []) if isinstance(one, o.Template) else []

    def resolve(self, value: Any) -> Any:
        """A plan's value as a Pulumi input."""
        if isinstance(value, o.Secret):
            return self.secrets[value.name]
        if isinstance(value, o.Ref):
            return self.made[value.object].id  # type: ignore[attr-defined]
        if isinstance(value, o.Text):
            return pulumi.Output.concat(*(self.resolve(part) for part in value.parts))
        return value

    def _records_provider(self) -> pulumi.ProviderResource:
        if self.records is None:
            self.records = _provider_like_the_stacks({"region": RECORDS_REGION}, self.version)
        return self.records


def _transformed() -> bool:
    """Whether the program has registered a transformation for all of the stack's resources."""
    root = get_root_resource()
    return bool(root and root._transformations)  # noqa: SLF001 - it is told nowhere else


def _provider_like_the_stacks(changes: Props, provider_version: str) -> pulumi.ProviderResource:
    """A provider configured as the stack's default one, but for `changes`."""
    prefix = "alicloud:"
    keys = [key[len(prefix) :] for key in configuration() if key.startswith(prefix)]
    config = pulumi.Config("alicloud")
    hidden = [key for key in keys if any(word in key for word in _SECRET_WORDS)]
    props: Props = {key: pulumi.Output.secret(config.get(key)) if key in hidden else config.get(key) for key in keys}
    options = pulumi.ResourceOptions(version=provider_version)
    return pulumi.ProviderResource("alicloud", "records", {**props, **changes}, options)
