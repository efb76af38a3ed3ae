"""Whether the installed Python package and the provider fit together; the package may ask for a newer provider."""

from __future__ import annotations

import importlib.metadata

from .assembly import Engine
from .parts import PROVIDER, numbers


def remark(engine: Engine) -> str:
    """What a person should know before Pulumi stumbles over it; empty if all is well."""
    provider = next(part.version for part in engine.parts if part.part == PROVIDER)
    try:
        package = importlib.metadata.version("pulumi-alicloud")
    except importlib.metadata.PackageNotFoundError:
        return ""
    if numbers(package) <= numbers(provider):
        return ""
    return (
        f"the installed pulumi-alicloud {package} asks for a provider of at least that version, this one is "
        f"{provider}: run `pip install pulumi-alicloud=={provider}` or install the official plug-in {package}"
    )
