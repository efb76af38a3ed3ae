"""Plug-ins written in Python, policy packs among them: how to start one and how to pass its output on."""

from __future__ import annotations

import queue
import re
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any


def command(python: str, request: Any) -> list[str]:
    """The command line of a plug-in; raises ValueError for a folder that is no plug-in."""
    folder = Path(request.info.program_directory)
    if (folder / "__main__.py").exists():
        return _folder(python, folder, request)
    try:
        text = (folder / "pyproject.toml").read_text("utf-8")
    except OSError:
        text = ""
    name = re.search(r"""^name\s*=\s*["']([^"']+)["']""", text, re.MULTILINE)
    if not name:
        raise ValueError(f"{folder} holds neither a __main__.py nor a pyproject.toml with a name")
    return [python, "-u", "-m", "pulumi.run.plugin", name[1], *request.args]


def environment(entries: Iterable[str], ambient: Mapping[str, str]) -> dict[str, str]:
    """The engine's `NAME=value` entries, of which the last one counts; the host's own environment if there are none."""
    return dict(entry.split("=", 1) for entry in entries if "=" in entry) or dict(ambient)


def output(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """Pieces of the process's output as they come, each named `stdout` or `stderr`, until both end."""
    pieces: queue.Queue[dict[str, bytes] | None] = queue.Queue()
    pipes = {"stdout": process.stdout, "stderr": process.stderr}
    for name, pipe in pipes.items():
        threading.Thread(target=_pump, args=(name, pipe, pieces), daemon=True).start()
    for _ in pipes:
        while (piece := pieces.get()) is not None:
            yield piece


def _folder(python: str, folder: Path, request: Any) -> list[str]:
    if request.kind == "analyzer":
        return [python, "-u", "-m", "pulumi.policy", *request.args, str(folder)]
    return [python, "-u", str(folder), *request.args]


def _pump(name: str, pipe: IO[bytes], pieces: queue.Queue[dict[str, bytes] | None]) -> None:
    while piece := pipe.read1(65536):  # type: ignore[attr-defined]
        pieces.put({name: piece})
    pieces.put(None)
