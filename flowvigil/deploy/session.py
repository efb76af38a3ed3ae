"""Runs the real engine on one stack: its environment, its state, its progress passed through."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from threading import Thread, Timer
from types import FrameType
from typing import Any

from flowvigil.engine import Engine
from flowvigil.provisioner.stack import EMULATOR_KEY

from . import orphans
from .project import Project, encrypted
from .redaction import pass_on
from .started import noted
from .state_folder import BACKEND, StateFolder, state_folder

_BUCKETS = ("s3://", "gs://", "azblob://")
_ENDINGS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE_S = 5.0
_LAST_WORDS_S = 5  # a process that outlives the engine may keep its output open


class EngineError(Exception):
    """The engine ended with an error; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Session:
    """One stack of a project under the engine. `environment` is complete: nothing else is inherited.

    `aside` keeps standard output free for a result: what the engine prints goes to standard error.
    """

    engine: Engine
    project: Project
    stack: str
    environment: Mapping[str, str]
    aside: bool = False

    @property
    def mark(self) -> str:
        """What the processes of this stack's runs carry in their environment."""
        return orphans.mark(self.project.root, self.stack)

    @property
    def folder(self) -> StateFolder | None:
        """The stack's part of the state folder, for a backend that is one."""
        return state_folder(self.environment.get(BACKEND, ""), self.project, self.stack)

    @property
    def bucket(self) -> bool:
        """Whether the state lies in a bucket, where locks outlive the machine that took them."""
        return self.environment.get(BACKEND, "").startswith(_BUCKETS)

    def run(self, *arguments: str) -> int:
        """Run the engine with its output on our terminal, or `aside`; returns its exit code.

        Ctrl-C, and the SIGTERM of a job that is cancelled, reach the engine as they reach us: it ends what is under way
        and saves its state; then this raises KeyboardInterrupt.
        """
        ending = _Ending()
        before = {number: signal.signal(number, ending.hear) for number in _ENDINGS}
        try:
            code = self._attended(arguments, ending)
        finally:
            ending.reminder.cancel()
            for number, handler in before.items():
                signal.signal(number, handler)
        if ending.heard:
            raise KeyboardInterrupt
        return code

    def _attended(self, arguments: Sequence[str], ending: _Ending) -> int:
        """What goes anywhere but to a terminal, where a person who knows the secrets looks, is redacted."""
        ends = {"stdout": sys.stderr if self.aside else sys.stdout, "stderr": sys.stderr}
        kept = {name: end for name, end in ends.items() if not end.isatty()}
        process = subprocess.Popen(
            self._command(arguments),
            cwd=self.project.root,
            env=self._marked(),
            encoding="utf-8",
            errors="replace",
            stdout=subprocess.PIPE if "stdout" in kept else ends["stdout"],
            stderr=subprocess.PIPE if "stderr" in kept else ends["stderr"],
        )
        ending.engine = process
        readers = [Thread(target=pass_on, args=(getattr(process, name), kept[name]), daemon=True) for name in kept]
        for reader in readers:
            reader.start()
        with self._on_record(process.pid):
            code = process.wait()
        for reader in readers:
            reader.join(_LAST_WORDS_S)
        return code

    def ask(self, *arguments: str, given: str | None = None) -> str:
        """Run the engine silently on the input `given`; returns what it prints. Raises EngineError with its words."""
        with (
            subprocess.Popen(
                self._command(arguments),
                cwd=self.project.root,
                env=self._marked(),
                stdin=None if given is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
            self._on_record(process.pid),
        ):
            said, complained = _conversation(process, given)
        if process.returncode:
            raise EngineError(complained.strip() or said.strip())
        return said

    def prepare(self) -> dict[str, Any]:
        """Make the stack in the backend if it is not there yet; its export."""
        if self.folder:
            self.folder.create()
        try:
            return self.export()
        except EngineError:
            self.ask("stack", "select", "--create", self.stack, "--non-interactive")
            return self.export()

    def state(self) -> dict[str, Any]:
        """The stack's deployment as exported: `resources`, `pending_operations`. Secrets stay encrypted."""
        deployment: dict[str, Any] = self.export()["deployment"]
        return deployment

    def revealed(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """The configuration with the provider's secrets in clear: for our own calls to the cloud, never to be shown."""
        hidden = [key for key, value in config.items() if key.startswith("alicloud:") and encrypted(value)]
        if not hidden:
            return config
        self.prepare()
        told = json.loads(self.ask("config", "--show-secrets", "--json", "--stack", self.stack))
        return {**config, **{key: told[key]["value"] for key in hidden}}

    def outputs(self) -> dict[str, Any]:
        """What the stack exports; each secret is the engine's `[secret]`."""
        told: dict[str, Any] = json.loads(self.ask("stack", "output", "--json", "--stack", self.stack))
        return told

    def export(self) -> dict[str, Any]:
        """The whole export: the `deployment` and what `restore` needs beside it. Secrets stay encrypted."""
        if self.folder:
            self.folder.mend()
        exported: dict[str, Any] = json.loads(self.ask("stack", "export", "--stack", self.stack))
        return exported

    def read_again(self, urns: Iterable[str]) -> None:
        """Read these resources from the cloud into the state; one that is not there leaves it."""
        targets = [flag for urn in dict.fromkeys(urns) for flag in ("--target", urn)]
        if targets:
            self.ask("refresh", "--yes", "--skip-preview", "--stack", self.stack, *targets)

    def restore(self, exported: Mapping[str, Any]) -> None:
        """Put an export, changed or not, in the place of the stack's state."""
        self.ask("stack", "import", "--stack", self.stack, given=json.dumps(exported))

    def _on_record(self, pid: int) -> AbstractContextManager[None]:
        return noted(self.project, self.stack, pid) if self.bucket else nullcontext()

    def _marked(self) -> dict[str, str]:
        return {**self.environment, orphans.MARK: self.mark}

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [str(self.engine.pulumi), *arguments]


class _Ending:
    """What came to end a run. A SIGTERM may be for us alone: an engine that is there some seconds later is told too.

    One that was told already then ends at once, as a job's runner would soon make it.
    """

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.engine: subprocess.Popen[str] | None = None
        self.reminder = Timer(_PATIENCE_S, self._remind)
        self.reminder.daemon = True

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """The handler of the signals."""
        if number == signal.SIGTERM and number not in self.heard:
            self.reminder.start()
        self.heard.append(number)

    def _remind(self) -> None:
        if self.engine:
            self.engine.terminate()


def _conversation(process: subprocess.Popen[str], given: str | None) -> tuple[str, str]:
    """Output and errors; a process that we cannot wait for is ended."""
    try:
        return process.communicate(given)
    except BaseException:
        process.kill()
        raise


def session_environment(engine: Engine, project: Project, config: Mapping[str, Any]) -> dict[str, str]:
    """The engine's environment: the user's own, the engine's, and for a stack on the emulator all that it needs.

    A stack on the emulator gets a state folder inside the project, the emulator as proxy (upper case only, since the
    lower-case name would catch the engine's own connections) and the passphrase `local`; any other stack gets none.
    """
    environment = engine.environment(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(project.root), environment.get("PYTHONPATH", "")]))
    address = config.get(EMULATOR_KEY)
    if project.backend and not address:
        environment.setdefault(BACKEND, project.backend)
    if address:
        environment.setdefault(BACKEND, f"file://{project.local / 'state'}")
        if "PULUMI_CONFIG_PASSPHRASE_FILE" not in environment:
            environment.setdefault("PULUMI_CONFIG_PASSPHRASE", "local")
        environment["HTTP_PROXY"] = f"http://{address}"
        for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
            environment.pop(name, None)
    return environment
