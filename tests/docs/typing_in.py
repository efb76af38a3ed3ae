"""The commands of a document as one script, what it promises to print, and the surroundings of a reader."""

from __future__ import annotations

import os
from pathlib import Path

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
