"""Asks a policy pack without the engine: a process of its own, since a pack is a program and may do anything.

Reads one JSON document from standard input and writes the violations as another: `[[policy, level, urn, message], …]`.
Follows the server of pulumi-policy 1.21 (policy.py, Analyze and AnalyzeStack): numbers arrive as floats, a property
that is not known yet raises, a level comes from the configuration, the policy or the pack. Remediations are not run.
Knows nothing of ours.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import isawaitable
from typing import Any

import pulumi_policy as sdk
from pulumi_policy.policy import _NotApplicableError
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

Resource = Mapping[str, Any]
Violation = tuple[str, str, str, str]

_ENGINES = {"remediate": "mandatory"}
"""Without its remediation a policy is judged as a mandatory one."""


class Pack:
    """Takes the place of the SDK's class, which would start a server and never return."""

    made: Pack | None = None

    def __init__(self, name: str, policies: list[Any], enforcement_level: Any = None, **_: Any) -> None:
        self.policies, self.level = policies, enforcement_level or sdk.EnforcementLevel.ADVISORY
        Pack.made = self


def load(folder: str) -> Pack:
    """Run the pack's program; raises what it raises."""
    sdk.PolicyPack = Pack
    sys.path.insert(0, folder)
    runpy.run_path(os.path.join(folder, "__main__.py"), run_name="__main__")  # noqa: PTH118 - text is what it takes
    if Pack.made is None:
        raise RuntimeError("the program makes no PolicyPack")
    return Pack.made


def judge(pack: Pack, resources: Sequence[Resource], config: Mapping[str, Any]) -> Iterator[Violation]:
    """Ask every policy; only resources marked `asked` are shown to those that judge one resource."""
    known = {one["urn"]: _known(one) for one in resources}
    for one in resources:
        known[one["urn"]].dependencies += [known[urn] for urn in one["needs"] if urn in known]
    asked = [known[one["urn"]] for one in resources if one["asked"]]
    for policy in pack.policies:
        level, own = _configured(policy, pack, config.get(policy.name))
        if level == "disabled" or not getattr(policy, "validate", None):
            continue
        if isinstance(policy, sdk.StackValidationPolicy):
            stack = sdk.StackValidationArgs(list(known.values()), own)
            yield from ((policy.name, level, urn, text) for urn, text in _said(policy.validate, stack, ""))
        elif isinstance(policy, sdk.ResourceValidationPolicy) and policy.has_validation():
            for it in asked:
                args = sdk.ResourceValidationArgs(
                    it.resource_type, it.props, it.urn, it.name, it.opts, it.provider, own
                )
                yield from ((policy.name, level, urn, text) for urn, text in _said(policy.validate, args, it.urn))


def _said(validate: Callable[..., Any], args: Any, about: str) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    try:
        result = validate(args, lambda message, urn=None: said.append((urn or about, str(message))))
        if result is not None and isawaitable(result):
            asyncio.run(_awaited(result))
    except (UnknownValueError, _NotApplicableError):
        return said
    return said


async def _awaited(result: Any) -> None:
    await result


def _configured(policy: Any, pack: Pack, told: Any) -> tuple[str, dict[str, Any]]:
    """The level, and the policy's own settings, from a level's name or from an object that may hold one."""
    own = dict(told) if isinstance(told, Mapping) else {}
    level = told if isinstance(told, str) else own.pop("enforcementLevel", None)
    level = level or (policy.enforcement_level or pack.level).value
    return _ENGINES.get(level, level), own


def _known(one: Resource) -> Any:
    provider = one["provider"]
    options = sdk.PolicyResourceOptions(False, [], None, [], sdk.PolicyCustomTimeouts(0, 0, 0), [])  # noqa: FBT003
    behind = sdk.PolicyProviderResource(provider["type"], provider["props"], provider["urn"], provider["name"])
    props = unknown_checking_proxy(one["props"]) if one["unknown"] else one["props"]
    return sdk.PolicyResource(one["type"], props, one["urn"], one["name"], options, behind, None, [], {})


def main() -> None:
    """Answer one question; what the pack prints goes to standard error."""
    answer, sys.stdout = sys.stdout, sys.stderr
    told = json.load(sys.stdin, parse_int=float)
    json.dump(list(judge(load(told["pack"]), told["resources"], told["config"])), answer)


if __name__ == "__main__":
    main()
