"""Environments of their own for what must not share ours: made by the first test that asks, kept in the cache."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

KEPT = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "flowvigil" / "test-envs"
UV = Path(sys.executable).with_name("uv")


def environment(*wanted: str) -> Path:
    """The `bin` of an environment that holds exactly these pinned packages and what they need."""
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    folder = KEPT / "-".join([*wanted, python]).replace("==", "-")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            subprocess.run([UV, "venv", "-q", "--clear", "--python", sys.executable, folder], check=True, timeout=60)
            install = [UV, "pip", "install", "-q", "--python", folder / "bin" / "python", *wanted]
            subprocess.run(install, check=True, timeout=900)
            (folder / "ready").touch()
    return folder / "bin"


def installed_into(folder: Path, wheels: Path) -> Path:
    """A folder for PYTHONPATH in which our wheel is installed as pip would, entry points and all."""
    wheel = next(wheels.glob("flowvigil-*.whl"))
    command = [UV, "pip", "install", "-q", "--no-deps", "--offline", "--target", folder, wheel]
    subprocess.run(command, check=True, timeout=60)
    return folder
