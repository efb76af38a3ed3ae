"""Run by the project's Python: prints as JSON what is installed there. Imports the standard library only."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import sys
from pathlib import Path
from typing import Any


def about() -> dict[str, str]:
    """The interpreter and its version."""
    return {"executable": sys.executable, "version": platform.python_version()}


def plugins() -> list[dict[str, Any]]:
    """What the installed packages want of the engine: each pulumi-plugin.json that names a resource plug-in."""
    found: dict[str, dict[str, Any]] = {}
    for folder in filter(None, sys.path):
        for file in sorted(Path(folder).glob("*/pulumi-plugin.json")):
            wanted = json.loads(file.read_text("utf-8"))
            if wanted.get("resource"):
                name = wanted.get("name") or file.parent.name.removeprefix("pulumi_")
                found.setdefault(name, {**wanted, "name": name})
    return list(found.values())


def packages() -> list[dict[str, Any]]:
    """Every installed distribution, and whether another one requires it, not counting optional requirements."""
    installed = {canonical(item.metadata["Name"]): item for item in importlib.metadata.distributions()}
    texts = [text for item in installed.values() for text in item.requires or () if "extra ==" not in text]
    required = {canonical(re.split(r"[^\w.-]", text)[0]) for text in texts}
    return [
        {"name": item.metadata["Name"], "version": item.version, "required": name in required}
        for name, item in sorted(installed.items())
    ]


def canonical(name: str) -> str:
    """A distribution's name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    answers: dict[str, Any] = {"about": about, "plugins": plugins, "packages": packages}
    json.dump(answers[sys.argv[1]](), sys.stdout)
