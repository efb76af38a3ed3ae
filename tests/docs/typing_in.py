"""The commands of a document as one script, what it promises to print, and the surroundings of a reader."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import blocks

ROOT = Path(__file__).parents[2]
FROM_OUTSIDE = ("PATH", "HOME", "XDG_CACHE_HOME", "LANG", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "SSL_CERT_FILE")


def script(document: Path) -> str:
    """The shell blocks as they stand; a diff between them is what the reader edits."""
    typed = {"sh": "{}", "diff": "git apply <<'EOF'\n{}EOF\n"}
    return "\n".join(typed[block.language].format(block.text) for block in blocks(document) if block.language in typed)


def promised(document: Path) -> list[str]:
    return [line.strip() for block in blocks(document) if block.language == "text" for line in block.text.splitlines()]


def environment(wheels: Path, port: int) -> dict[str, str]:
    """Pip finds this working copy's wheel beside its index; the pretend cloud gets a port of its own."""
    ours = {"FLOWVIGIL_PORT": str(port), "PIP_FIND_LINKS": str(wheels), "PIP_NO_COMPILE": "1"}
    ours["PIP_CONSTRAINT"] = str(ROOT / "constraints.txt")
    return {name: os.environ[name] for name in FROM_OUTSIDE if name in os.environ} | ours


def typed_in(typed: str, folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    """Its exit code and all it printed; then whatever it left running is ended.

    The output goes to a file: a server in the background would keep a pipe open after the script has failed.
    A machine without a program that the reader types leaves the test out; `make test` prints which.
    """
    for program in ("bash", "curl", "git"):
        if (program == "bash" or re.search(rf"\b{program} ", typed)) and not shutil.which(program):
            pytest.skip(f"this machine has no {program}, which the page types")
    with (folder.parent / "said").open("w+") as out:
        command = ["bash", "-euo", "pipefail", "-c", typed]
        process = subprocess.Popen(
            command, cwd=folder, env=environ, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(900)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        out.seek(0)
        return code, out.read()
