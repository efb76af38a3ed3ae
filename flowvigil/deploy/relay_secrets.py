"""The secrets of a stack's relay, revealed from the stack's configuration into a file for its owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowvigil.provisioner.objects import SECRETS
from flowvigil.provisioner.stack import EMULATOR_KEY
from flowvigil.relay.secrets import variable
from flowvigil.relay.settings import Settings

from .session import Session


class LackingError(Exception):
    """The stack lacks secrets; the text names each and the command that sets it."""


def relay_secrets(session: Session, settings: Settings, config: Mapping[str, Any]) -> dict[str, str]:
    """Values by environment variable. On the pretend cloud its access key is among them. Raises LackingError."""
    names = settings.secrets()
    lacking = [name for name in names if f"{SECRETS}:{name}" not in config]
    if lacking:
        command = f"flowvigil engine exec -- config set --stack {session.stack} --secret {SECRETS}:"
        raise LackingError("\n".join(["these secrets are not set:", *(f"  {command}{name} VALUE" for name in lacking)]))
    told = json.loads(session.ask("config", "--show-secrets", "--json", "--stack", session.stack)) if names else {}
    values = {variable(name): str(told[f"{SECRETS}:{name}"]["value"]).rstrip("\n") for name in names}
    if config.get(EMULATOR_KEY):
        values["ALIBABA_CLOUD_ACCESS_KEY_ID"] = str(config.get("alicloud:accessKey", "emulator"))
        values["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "emulator"  # noqa: S105 - the pretend cloud checks no signature
    return values


def write_secrets(path: Path, values: Mapping[str, str]) -> None:
    """Write NAME=value lines; nobody but the owner may read the file, from its first moment on."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(f"{name}={value}\n" for name, value in sorted(values.items())))
