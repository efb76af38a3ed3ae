"""Hands the project's policy pack to the engine, with what the engine shows no pack: the past, and the settings.

The pack's own configuration stands in policies/config.json, in the form of the engine's --policy-pack-config.
On the pretend cloud nothing real can be lost. Knows no policy but the three that take what only a run of ours knows.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .project import ProjectError, Target

PACK, CONFIG = "policies", "config.json"
BEFORE, VERIFIED = "alarms-do-not-vanish-at-once", "templates-are-verified"
PROTECTED = "log-projects-are-protected"
_RULE, _TEMPLATE = "ServiceMetricAlarmRule", "MetricRuleTemplate"


@contextmanager
def policy_pack(target: Target, deployment: Mapping[str, Any]) -> Iterator[list[str]]:
    """The engine's flags for the project's pack, none without one. Raises ProjectError for a broken configuration."""
    folder = target.project.root / PACK
    if not (folder / "PulumiPolicy.yaml").exists():
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="flowvigil-") as kept:
        config = Path(kept) / CONFIG
        pretended = bool(target.pretend)
        before = 0 if pretended else rules_in(deployment)
        told = configured(folder / CONFIG, before=before, protected=pretended or target.stack.protect)
        config.write_text(json.dumps(told), encoding="utf-8")
        yield ["--policy-pack", str(folder), "--policy-pack-config", str(config)]


def configured(path: Path, *, before: int, protected: bool) -> dict[str, Any]:
    """The pack's configuration, and beside it what this run knows; the file's own words win."""
    known: dict[str, Any] = {BEFORE: {"before": before}, VERIFIED: {"verified": True}}
    known[PROTECTED] = {"protected": protected}
    for name, own in _written(path).items():
        known[name] = {**known.get(name, {}), **own} if isinstance(own, dict) else own
    return known


def rules_in(deployment: Mapping[str, Any]) -> int:
    """How many alarm rules a state holds, those of templates included."""
    return sum(_rules(one) for one in deployment.get("resources") or ())


def _rules(resource: Mapping[str, Any]) -> int:
    kind = str(resource.get("type", "")).rpartition(":")[2]
    if kind == _TEMPLATE:
        return len(resource.get("inputs", {}).get("alertTemplates") or ())
    return int(kind == _RULE)


def _written(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ProjectError(f"{PACK}/{CONFIG}: {error}") from error
    if not isinstance(data, dict):
        raise ProjectError(f"{PACK}/{CONFIG}: must be an object that gives each policy's level or settings")
    return data
