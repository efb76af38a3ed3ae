"""The measures that need the real engine: preview and up of many flows, ours beside a hand-written typed program."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows import write_monitors
from measure import Sample, ratio, rounds, run, seconds

from flowvigil import emulator
from flowvigil.deploy.project import Project
from flowvigil.deploy.session import session_environment
from flowvigil.engine import Engine, find

HERE = Path(__file__).parent
CONFIG = """\
config:
  alicloud:accessKey: emulator
  alicloud:secretKey: emulator
  alicloud:accountId: "1000000000000001"
  alicloud:accountType: Domestic
  alicloud:region: cn-hangzhou
  alicloud:protocol: HTTP
  alicloud:skipRegionValidation: "true"
  alicloud:maxRetryTimeout: "20"
  alicloud:endpoints:
    - {{cms: "{0}", ram: "{0}", sts: "{0}", location: "{0}", bssopenapi: "{0}", log: httpsls.test}}
  flowvigil:emulator: "{0}"
  flowvigil:protect: "false"
"""
WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=pretend"


@dataclass
class Case:
    """A project under the engine with a state and a pretend cloud of its own."""

    root: Path
    engine: Engine
    environment: dict[str, str]
    address: str

    def pulumi(self, *arguments: str, extra: Mapping[str, str] | None = None) -> Sample:
        command = [str(self.engine.pulumi), *arguments, "--stack", "bench", "--non-interactive"]
        return run(command, self.root, {**self.environment, **(extra or {})})

    def close(self) -> None:
        emulator.stop(self.root / ".flowvigil" / "emulator")


def case(root: Path, program: Path, flows: int) -> Case:
    """A stack of `flows` flows that `program` provisions."""
    write_monitors(root / "monitors", flows)
    shutil.copy(program, root / "__main__.py")
    (root / "Pulumi.yaml").write_text("name: acme\nruntime: {name: python, options: {toolchain: pip}}\n")
    address = emulator.start(port=0, state=root / ".flowvigil" / "emulator")
    (root / "Pulumi.bench.yaml").write_text(CONFIG.format(address))
    project = Project(root, "acme")
    environment = session_environment(find(), project, project.config("bench"))
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), environment["PYTHONPATH"]])
    (root / ".flowvigil" / "state").mkdir()
    made = Case(root, find(), environment, address)
    made.pulumi("stack", "init")
    made.pulumi("config", "set", "--secret", "webhook:assistant-robot", WEBHOOK)
    return made


def pair(folder: Path, flows: int) -> tuple[Case, Case]:
    """Our program and the typed one, on the same specs."""
    ours = case(folder / "ours", HERE.parent / "__main__.py", flows)
    return ours, case(folder / "typed", HERE / "typed" / "__main__.py", flows)


def preview(count: int, folder: Path) -> None:
    """Preview of 250 flows with nothing in the cloud yet."""
    ours, typed = pair(folder / "preview", 250)
    cases = {"typed": lambda: typed.pulumi("preview"), "ours": lambda: ours.pulumi("preview")}
    got = rounds(cases, min(count, 5))
    print(f"| preview of 250 flows | {seconds(got['ours'])} | hand-written typed program {seconds(got['typed'])} "
          f"| {ratio(got['ours'], got['typed'])} | |")  # fmt: skip
    ours.close()
    typed.close()


def up(count: int, folder: Path) -> None:
    """`up` of 250 flows from nothing, ours as `flowvigil up` runs it against the typed program by default."""
    ours, typed = pair(folder / "up", 250)
    cases = {"typed": lambda: _fresh(typed), "ours": lambda: _fresh(ours, "--parallel", "8")}
    got = rounds(cases, min(count, 2))
    print(f"| up of 250 flows | {seconds(got['ours'])} | the engine's default {seconds(got['typed'])} "
          f"| {ratio(got['ours'], got['typed'])} | |")  # fmt: skip
    ours.close()
    typed.close()


def _fresh(one: Case, *options: str) -> Sample:
    sample = one.pulumi("up", "--yes", "--skip-preview", *options)
    one.pulumi("destroy", "--yes", "--skip-preview", "--parallel", "32", extra={"PULUMI_SKIP_CHECKPOINTS": "true"})
    return sample


def large(count: int, folder: Path) -> None:
    """Preview of 2,000 flows, about 8,000 resources: does it complete, and in how much memory."""
    one = case(folder / "large", HERE.parent / "__main__.py", 2_000)
    sample = one.pulumi("preview")
    print(f"| preview of 2,000 flows | {sample.seconds:.1f} s | | | CLI {sample.peak_mb:.0f} MB |")
    one.close()
