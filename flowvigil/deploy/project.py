"""A project folder on disk: Pulumi.yaml, one Pulumi.<stack>.yaml per stack, monitors/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from flowvigil.provisioner import spec
from flowvigil.provisioner.facts import FACTS, learned
from flowvigil.provisioner.monitor import Monitors
from flowvigil.provisioner.plan import Plan, plan
from flowvigil.provisioner.stack import EMULATOR_KEY, Stack, stack_from_config

from .assumed import check_nested

MONITORS = "monitors"


class ProjectError(Exception):
    """The folder is no project, or the stack does not exist in it; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a Pulumi.yaml."""

    root: Path
    name: str

    def stacks(self) -> list[str]:
        """The names of all stacks that have a configuration file, sorted."""
        names = [path.name for path in self.root.glob("Pulumi.*.yaml")]
        return sorted(name.removeprefix("Pulumi.").removesuffix(".yaml") for name in names)

    def config(self, stack: str) -> Mapping[str, Any]:
        """The stack's configuration by full key. Secret values are left out, nested ones stay as they are."""
        path = self.root / f"Pulumi.{stack}.yaml"
        if not path.exists():
            known = ", ".join(self.stacks()) or "none"
            raise ProjectError(f"there is no {path.name}; stacks here: {known}. Make one with: flowvigil init")
        values = _mapping(path).get("config") or {}
        if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
            raise ProjectError(f"{path.name}: config: must be a mapping of settings")
        return {key if ":" in key else f"{self.name}:{key}": value for key, value in values.items()}

    @property
    def backend(self) -> str:
        """Where the engine keeps states, as Pulumi.yaml says; empty if it does not."""
        named = _mapping(self.root / "Pulumi.yaml").get("backend")
        return str(named.get("url", "")) if isinstance(named, dict) else ""

    @property
    def local(self) -> Path:
        """What belongs to this machine alone: the pretend cloud, the state of a stack on it, its relay."""
        return self.root / ".flowvigil"

    def pretend(self, stack: str) -> str:
        """The address of the pretend cloud that a stack lives on; empty for one on an account."""
        return str(self.config(stack).get(EMULATOR_KEY) or "")

    def secrets(self, stack: str) -> frozenset[str]:
        """The full keys whose values are encrypted."""
        return frozenset(key for key, value in self.config(stack).items() if encrypted(value))


@dataclass(frozen=True, slots=True)
class Target:
    """One stack of a project with what its specs ask for."""

    project: Project
    stack: Stack
    monitors: Monitors
    plan: Plan

    @property
    def pretend(self) -> str:
        """The address of the pretend cloud that the stack lives on; empty for one on an account."""
        return self.project.pretend(self.stack.name)


def find_project(start: Path) -> Project:
    """The project that `start` is in. Raises ProjectError."""
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").exists():
            name = _mapping(folder / "Pulumi.yaml").get("name")
            if not name:
                raise ProjectError("Pulumi.yaml: name: is missing; give the project's name, such as flow-monitors")
            return Project(folder, str(name))
    raise ProjectError(f"no Pulumi.yaml in {start} or above it. Start a project with: flowvigil init")


def load_stack(project: Project, name: str) -> Stack:
    """The stack's settings, and what is known of its account. Raises ProjectError or StackError."""
    config = project.config(name)
    check_nested(config)
    texts = {key: _text(value) for key, value in config.items() if not encrypted(value)}
    return learned(stack_from_config(project.name, name, texts), project.root / FACTS)


def load_target(project: Project, name: str) -> Target:
    """Read everything and plan it. Raises ProjectError, StackError, SpecError or PlanError."""
    stack = load_stack(project, name)
    monitors = spec.load(project.root / MONITORS, stack.environment)
    return Target(project, stack, monitors, plan(monitors, stack))


def encrypted(value: Any) -> bool:
    """Whether a configuration value is a secret, as it stands in the file."""
    return isinstance(value, dict) and set(value) == {"secure"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _mapping(path: Path) -> dict[str, Any]:
    try:
        data = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ProjectError(f"{path.name}{place}: not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        raise ProjectError(f"{path.name}: not YAML: {error.reason}") from error
    if not isinstance(data, dict):
        raise ProjectError(f"{path.name}: must be a mapping")
    return data
