"""What a policy pack says of a plan, without engine or account, and what of that is new between two plans.

The pack runs in a process of its own that gets no token and no key. It sees what the engine would show it in a first
preview: the provider's property names, nothing that only the cloud decides, a placeholder for every secret.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flowvigil.provisioner import objects as o
from flowvigil.provisioner.plan import Plan
from flowvigil.provisioner.wire import KINDS, RECORDS_REGION

from .policy_pack import CONFIG, configured
from .redaction import redact

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's text for what is decided later (pulumi sdk/go/common/resource/plugin/rpc.go)."""

SECRET = "https://oapi.dingtalk.com/robot/send?access_token=placeholder"  # noqa: S105 - what a secret looks like
LONGEST_S = 120
_HASH = re.compile(r"\b[0-9a-f]{6,16}\b")
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")


class PackError(Exception):
    """The pack could not be asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One sentence of one policy. `key` names the plan's object, empty where the whole stack is meant."""

    policy: str
    level: str
    key: str
    message: str


def new_violations(pack: Path, before: Plan, after: Plan, *, pretended: bool) -> list[Violation]:
    """What the pack says of `after` and did not say of `before`. Raises PackError or ProjectError.

    A policy that an object broke already is not new, whatever it says now. Objects alike in both are not asked again.
    """
    old, new = _by_key(before), _by_key(after)
    changed = {key for key, one in new.items() if old.get(key) != one}
    if not changed and old.keys() == new.keys() and before.stack == after.stack:
        return []
    rules = 0 if pretended else sum(map(_rules, before.objects))
    found = violations(pack, after, changed, rules=rules, pretended=pretended)
    if not found:
        return []
    names = {key: after.aliases.get(key, key) for key in new}
    asked = old.keys() & {names[one.key] for one in found if one.key}
    was = Counter(_likeness(one, {}) for one in violations(pack, before, asked, rules=0, pretended=pretended))
    fresh = []
    for one in found:
        like = _likeness(one, names)
        was[like] -= 1
        if was[like] < 0:
            fresh.append(one)
    return fresh


def violations(pack: Path, plan: Plan, asked: Collection[str], *, rules: int, pretended: bool) -> list[Violation]:
    """What the pack says of a plan; of single objects only those with the keys `asked`. `rules` there were before."""
    config = configured(pack / CONFIG, before=rules, protected=pretended or plan.stack.protect)
    resources = list(_resources(plan, asked))
    answer = _asked({"pack": str(pack), "config": config, "resources": resources})
    names = {one["urn"]: one["name"] for one in resources}
    return [Violation(policy, level, names.get(urn, ""), redact(text)) for policy, level, urn, text in answer]


def _likeness(one: Violation, names: Mapping[str, str]) -> tuple[str, str]:
    """What makes two violations the same one; `names` are the keys that renamed objects had before.

    A sentence about the whole stack may name objects, and a changed one has another hash in its name.
    """
    return one.policy, names.get(one.key, one.key) or _HASH.sub("#", one.message)


def _by_key(plan: Plan) -> dict[str, o.Object]:
    return {one.key: one for one in plan.objects}


def _rules(one: o.Object) -> int:
    return len(one.rules) if isinstance(one, o.Template) else int(isinstance(one, o.Rule))


def _resources(plan: Plan, asked: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Every object as the engine would show it."""
    named = {(type(one), getattr(one, "name", one.key)): one.key for one in plan.objects}
    tokens = {one.key: KINDS[type(one)].token for one in plan.objects}
    stack = plan.stack

    def urn(key: str) -> str:
        return f"urn:pulumi:{stack.name}::{stack.project}::{tokens[key]}::{key}"

    for one in plan.objects:
        kind, needed = KINDS[type(one)], list[str]()
        props = kind.props(one, partial(_resolved, needed=needed))
        unknown = bool(needed)
        needed += [named[need] for need in kind.needs(one) if need in named]
        yield {
            "type": kind.token,
            "name": one.key,
            "urn": urn(one.key),
            "props": {key: value for key, value in props.items() if value is not None},
            "provider": _provider(RECORDS_REGION if isinstance(one, o.LogRecord) else stack.region),
            "needs": [urn(key) for key in dict.fromkeys(needed)],
            "asked": one.key in asked,
            "unknown": unknown,
        }


def _provider(region: str) -> Mapping[str, Any]:
    return {"type": "pulumi:providers:alicloud", "name": "default", "urn": "", "props": {"region": region}}


def _resolved(value: Any, needed: list[str]) -> Any:
    """A plan's value as a first preview knows it; the objects that it refers to are added to `needed`."""
    if isinstance(value, o.Ref):
        needed.append(value.object)
        return UNKNOWN
    if isinstance(value, o.Text):
        parts = [_resolved(part, needed) for part in value.parts]
        return UNKNOWN if UNKNOWN in parts else "".join(parts)
    return SECRET if isinstance(value, o.Secret) else value


def _asked(question: Mapping[str, Any]) -> list[list[str]]:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="flowvigil-pack-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "flowvigil.deploy.pack_process"],
                input=json.dumps(question),
                cwd=folder,
                env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
                check=False,
                timeout=LONGEST_S,
            )
        except subprocess.TimeoutExpired:
            raise PackError(f"it does not end within {LONGEST_S} s") from None
    if done.returncode:
        raise PackError(redact((done.stderr.strip() or "it ends without a word").splitlines()[-1]))
    answer: list[list[str]] = json.loads(done.stdout)
    return answer
