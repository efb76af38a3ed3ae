"""A throw-away copy of a project on a throw-away pretend cloud: the base is brought up there, then the head previewed.

Needs no account, no key and no state of the real stack; secrets are placeholders. Writes in its folder alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from flowvigil import emulator
from flowvigil.engine import Engine
from flowvigil.provisioner.facts import FACTS
from flowvigil.provisioner.objects import SECRETS, secret_names
from flowvigil.provisioner.stack import EMULATOR_KEY

from .pretend import SLS, furnish
from .project import MONITORS, Project, encrypted, load_target
from .session import Session, session_environment
from .state_folder import BACKEND

KEY = "emulator"
_SERVICES = ("cms", "ram", "sts", "location", "bssopenapi")
_PLACEHOLDER = "https://oapi.dingtalk.com/robot/send?placeholder"


@dataclass(frozen=True, slots=True)
class Trial:
    """One project under trial. `put` replaces its specs and settings by those of another folder."""

    project: Project
    stack: str
    engine: Engine
    address: str

    @property
    def session(self) -> Session:
        """The engine's session; of the environment nothing that names a backend or a passphrase is kept."""
        config = self.project.config(self.stack)
        environment = dict(session_environment(self.engine, self.project, config))
        environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        state = self.project.local / "state"
        environment |= {BACKEND: f"file://{state}", "PULUMI_CONFIG_PASSPHRASE": "trial"}
        return Session(self.engine, self.project, self.stack, environment)

    def put(self, source: Path) -> None:
        """Take specs and settings from a folder, and furnish the pretend cloud with what they say exists."""
        root = self.project.root
        shutil.rmtree(root / MONITORS, ignore_errors=True)
        shutil.copytree(source / MONITORS, root / MONITORS)
        for name in ("flowvigil.yaml", FACTS):
            if (source / name).exists():
                shutil.copy(source / name, root)
        self._configure(Project(source, self.project.name).config(self.stack))
        target = load_target(self.project, self.stack)
        session = self.session
        session.prepare()
        pairs = [f"{SECRETS}:{name}={_PLACEHOLDER}" for name in secret_names(target.plan.objects)]
        if pairs:
            flags = [part for pair in pairs for part in ("--secret", pair)]
            session.ask("config", "set-all", *flags, "--stack", self.stack)
        furnish(target, self.address, KEY)

    def _configure(self, config: Mapping[str, Any]) -> None:
        """The stack's own settings, but for keys, secrets and where it lives."""
        path = self.project.root / f"Pulumi.{self.stack}.yaml"
        kept = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
        names = ("alicloud:accountId", "alicloud:accountType", "alicloud:region")
        own = {key: value for key, value in config.items() if key in names or key.startswith("flowvigil:")}
        own = {key: value for key, value in own.items() if not encrypted(value)}
        data = {**kept, "config": {**own, **_pretend(self.address)}}
        path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")

    def up(self) -> None:
        """Bring the pretend cloud to what stands in the folder. Raises EngineError with the engine's words."""
        self.session.ask("up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", self.stack)


def _pretend(address: str) -> dict[str, Any]:
    return {
        "alicloud:accessKey": KEY,
        "alicloud:secretKey": KEY,
        "alicloud:protocol": "HTTP",
        "alicloud:skipRegionValidation": "true",
        "alicloud:maxRetryTimeout": "20",
        "alicloud:endpoints": [{**dict.fromkeys(_SERVICES, address), "log": SLS}],
        EMULATOR_KEY: address,
        "flowvigil:protect": "false",
        "flowvigil:requireApproval": "false",
    }


@contextmanager
def trial(project: Project, stack: str, engine: Engine, folder: Path, note: Callable[[str], None]) -> Iterator[Trial]:
    """A trial in `folder` with the program and the policies of `project`; its pretend cloud ends with it."""
    root = folder / "project"
    root.mkdir()
    for name in ("__main__.py", "policies"):
        source = project.root / name
        if source.exists():
            (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
    (root / "Pulumi.yaml").write_text(yaml.safe_dump({"name": project.name, "runtime": _RUNTIME}), "utf-8")
    keys = {KEY: str(project.config(stack).get("alicloud:accountId", ""))}
    state = folder / "emulator"
    note("starting a throw-away pretend cloud")
    address = emulator.start(port=0, state=state, keys=keys)
    try:
        yield Trial(Project(root, project.name), stack, engine, address)
    finally:
        emulator.stop(state)


_RUNTIME = {"name": "python", "options": {"toolchain": "pip"}}
