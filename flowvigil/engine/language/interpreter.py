"""Which Python runs the user's program, and what its environment holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSPECTION = Path(__file__).with_name("inspection.py")


class NoInterpreter(Exception):  # noqa: N818 - it is an answer to the engine
    """The project names a Python that is not there; the message says which and what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python and the virtual environment it belongs to, if the project names one."""

    python: str
    virtualenv: Path | None = None

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` as an activated virtual environment would have it."""
        result = dict(base)
        if self.virtualenv:
            result["VIRTUAL_ENV"] = str(self.virtualenv)
            result["PATH"] = os.pathsep.join(filter(None, (str(self.virtualenv / "bin"), base.get("PATH", ""))))
            result.pop("PYTHONHOME", None)
        return result

    def inspect(self, what: str) -> Any:
        """What `inspection.py` finds in this environment: "about", "plugins" or "packages"."""
        answer = subprocess.run(
            [self.python, "-I", str(INSPECTION), what],
            env=self.environment(os.environ),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if answer.returncode:
            raise NoInterpreter(f"{self.python} does not run: {answer.stderr.strip()}")
        return json.loads(answer.stdout)


def choose(options: Mapping[str, Any], root: Path, environ: Mapping[str, str]) -> Interpreter:
    """The `virtualenv` of Pulumi.yaml, else PULUMI_PYTHON_CMD, else the Python that flowvigil is installed in."""
    named, toolchain = options.get("virtualenv"), options.get("toolchain", "pip")
    if not named and toolchain != "pip":
        raise NoInterpreter(
            f"Pulumi.yaml names the toolchain {toolchain}, which flowvigil's language host does not drive; "
            "name its environment as well, such as `virtualenv: .venv`, or put Pulumi's own language host on PATH"
        )
    if not named:
        return Interpreter(environ.get("PULUMI_PYTHON_CMD") or sys.executable)
    folder = root / str(named)
    python = folder / "bin" / "python"
    if not python.exists():
        raise NoInterpreter(
            f"Pulumi.yaml names the virtualenv {named}, but {folder} holds no bin/python; "
            f"run `python -m venv {folder}` and install the requirements, or take the option away"
        )
    return Interpreter(str(python), folder)
