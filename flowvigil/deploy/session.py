"""Runs the real engine on one stack: its environment, its state, its progress passed through."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowvigil.engine import Engine

from . import orphans
from .project import Project

EMULATOR_KEY = "flowvigil:emulator"
LOCAL_FOLDER = ".flowvigil"


class EngineError(Exception):
    """The engine ended with an error; it has already said why on the terminal unless `text` does."""


@dataclass(frozen=True, slots=True)
class Session:
    """One stack of a project under the engine. `environment` is complete: nothing else is inherited."""

    engine: Engine
    project: Project
    stack: str
    environment: Mapping[str, str]

    @property
    def mark(self) -> str:
        """What the processes of this stack's runs carry in their environment."""
        return orphans.mark(self.project.root, self.stack)

    def run(self, *arguments: str) -> int:
        """Run the engine with its output on our terminal; returns its exit code.

        Ctrl-C reaches the engine as it reaches us: it ends what is under way and saves its state; then this raises
        KeyboardInterrupt.
        """
        interrupts: list[int] = []
        previous = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
        try:
            code = subprocess.Popen(self._command(arguments), cwd=self.project.root, env=self._marked()).wait()
        finally:
            signal.signal(signal.SIGINT, previous)
        if interrupts:
            raise KeyboardInterrupt
        return code

    def ask(self, *arguments: str, given: str | None = None) -> str:
        """Run the engine silently on the input `given`; returns what it prints. Raises EngineError with its words."""
        done = subprocess.run(
            self._command(arguments),
            cwd=self.project.root,
            env=self._marked(),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EngineError(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def prepare(self) -> None:
        """Make the stack in the backend if it is not there yet."""
        if self.project.name and self.environment.get("PULUMI_BACKEND_URL", "").startswith("file://"):
            Path(self.environment["PULUMI_BACKEND_URL"][len("file://") :]).mkdir(parents=True, exist_ok=True)
        self.ask("stack", "select", "--create", self.stack, "--non-interactive")

    def state(self) -> dict[str, Any]:
        """The stack's deployment as exported: `resources`, `pending_operations`. Secrets stay encrypted."""
        deployment: dict[str, Any] = self.export()["deployment"]
        return deployment

    def export(self) -> dict[str, Any]:
        """The whole export: the `deployment` and what `restore` needs beside it. Secrets stay encrypted."""
        exported: dict[str, Any] = json.loads(self.ask("stack", "export", "--stack", self.stack))
        return exported

    def restore(self, exported: Mapping[str, Any]) -> None:
        """Put an export, changed or not, in the place of the stack's state."""
        self.ask("stack", "import", "--stack", self.stack, given=json.dumps(exported))

    def _marked(self) -> dict[str, str]:
        return {**self.environment, orphans.MARK: self.mark}

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [str(self.engine.pulumi), *arguments]


def session_environment(engine: Engine, project: Project, config: Mapping[str, Any]) -> dict[str, str]:
    """The engine's environment: the user's own, the engine's, and for a stack on the emulator all that it needs.

    A stack on the emulator gets a state folder inside the project, the emulator as proxy (upper case only, since the
    lower-case name would catch the engine's own connections) and the passphrase `local`; any other stack gets none.
    """
    environment = engine.environment(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(project.root), environment.get("PYTHONPATH", "")]))
    address = config.get(EMULATOR_KEY)
    if address:
        environment.setdefault("PULUMI_BACKEND_URL", f"file://{project.root / LOCAL_FOLDER / 'state'}")
        if "PULUMI_CONFIG_PASSPHRASE_FILE" not in environment:
            environment.setdefault("PULUMI_CONFIG_PASSPHRASE", "local")
        environment["HTTP_PROXY"] = f"http://{address}"
        for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
            environment.pop(name, None)
    return environment
