"""Builds one part from Go modules, in a folder that is thrown away unless the build succeeds."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .parts import CLI, EXECUTABLES, PROVIDER, SOURCES, VERSIONS, EngineMissing
from .progress import Progress
from .toolchain import settings

EXPECTED = {CLI: "3 to 6 min on two cores", PROVIDER: "6 to 9 min on two cores"}
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
PACKAGES = {CLI: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", PROVIDER: "."}
FLAGS = {CLI: f"-s -w -X {VERSION_VARIABLE}=v{VERSIONS[CLI]}", PROVIDER: f"-s -w -X main.version={VERSIONS[PROVIDER]}"}
UNREACHABLE = re.compile(
    r"dial tcp|no such host|connection refused|i/o timeout|proxyconnect|TLS handshake|unreachable|lookup disabled"
)


@dataclass(frozen=True)
class Step:
    """One run of the Go command, and what to tell about it."""

    text: str
    expected: str
    command: tuple[str, ...]


def build(part: str, go: Path, folder: Path, progress: Progress, environ: Mapping[str, str]) -> None:
    """Leave the part's executable in `folder`; raises EngineMissing with the compiler's last words."""
    sources, temporary = folder / "sources", folder / "tmp"
    shutil.copytree(SOURCES / part, sources)
    temporary.mkdir()
    settled = {"GOTMPDIR": str(temporary), **settings(environ)}
    # Paths are trimmed so that Go's cache serves again wherever the sources were copied to.
    common = ["-trimpath", PACKAGES[part]]
    fetching = Step(f"fetching the Go modules of {part}", "under 1 min", (str(go), "list", "-deps", *common))
    output = str(folder / EXECUTABLES[part])
    command = (str(go), "build", "-ldflags", FLAGS[part], "-o", output, *common)
    building = Step(f"building {EXECUTABLES[part]} {VERSIONS[part]}", EXPECTED[part], command)
    for step in (fetching, building):
        run(step, sources, settled, progress)
    shutil.rmtree(sources)
    shutil.rmtree(temporary)


def run(step: Step, folder: Path, environ: Mapping[str, str], progress: Progress) -> None:
    """Run one step with a progress line; an interrupt ends the whole family of processes."""
    log = folder / "go.log"
    progress.begin(step.text, step.expected)
    process = None
    with log.open("wb") as out:
        try:
            with _signals_at_the_end():
                process = subprocess.Popen(
                    step.command,
                    cwd=folder,
                    env=dict(environ),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=out,
                    start_new_session=True,
                )
            while _runs(process):
                progress.tick()
        finally:
            if process is not None:
                _end(process)
    progress.end(f"{step.text}: {'done' if process.returncode == 0 else 'failed'}")
    if process.returncode:
        raise EngineMissing(_explanation(step.text, log.read_text("utf-8", "replace"), environ))


@contextmanager
def _signals_at_the_end() -> Iterator[None]:
    """Ctrl-C and SIGTERM are heard when the block is over: who starts a process knows it by then, and can end it."""
    heard: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda told, _: heard.append(told)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for told in heard:
            signal.raise_signal(told)


def _runs(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    for number in (signal.SIGINT, signal.SIGKILL):
        os.killpg(process.pid, number)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        return


def _explanation(text: str, log: str, environ: Mapping[str, str]) -> str:
    lines = [line for line in log.splitlines() if line.strip()] or ["no message"]
    for line in lines:
        if UNREACHABLE.search(line):
            proxy = environ.get("GOPROXY", "Go's default")
            return f"{text} failed: the network does not reach the Go modules (GOPROXY: {proxy}): {line}"
    if any("signal: killed" in line for line in lines):
        return f"{text} failed: the system killed the compiler, most likely for lack of memory"
    return f"{text} failed:\n" + "\n".join(lines[-15:])
