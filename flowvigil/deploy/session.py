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

    def run(self, *arguments: str) -> int:
        """Run the engine with its output on our terminal; returns its exit code. Ctrl-C reaches it as usual."""
        process = subprocess.Popen(self._command(arguments), cwd=self.project.root, env=dict(self.environment))
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine gets the signal too, and saves its state
        try:
            return process.wait()
        finally:
            signal.signal(signal.SIGINT, previous)

    def ask(self, *arguments: str) -> str:
        """Run the engine silently and return what it prints. Raises EngineError with its own words."""
        done = subprocess.run(
            self._command(arguments),
            cwd=self.project.root,
            env=dict(self.environment),
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
        deployment: dict[str, Any] = json.loads(self.ask("stack", "export", "--stack", self.stack))["deployment"]
        return deployment

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
