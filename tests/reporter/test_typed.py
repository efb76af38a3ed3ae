"""What a type checker of a user's says about the public names: signatures survive, and mistakes are found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .builders import ROOT

pytestmark = pytest.mark.engine  # a type checker takes seconds

USES = """
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, assert_type
import flowvigil
from flowvigil.testing import capture

@flowvigil.observe
async def later(topic: str) -> str: return topic
@flowvigil.observe("poem")
def write(lines: int) -> int: return lines
@flowvigil.observe(name="poem", root=True)
def steps() -> Iterator[int]: yield 1
@flowvigil.observe()
async def stream() -> AsyncIterator[int]: yield 1

called = later("x")
same: Coroutine[Any, Any, str] = assert_type(called, Coroutine[Any, Any, str])
assert_type(write(3), int)
assert_type(steps(), Iterator[int])
assert_type(stream(), AsyncIterator[int])
with flowvigil.flow("poem") as run:
    run.set(version="1", tier="paid")
    run.mark_failed(ValueError())
    run.measure(input_tokens=3)
    assert_type(run.id, str)
flowvigil.record("poem", 1.0, False, status="failed", dimensions={"tier": "paid"})
assert_type(flowvigil.handle("poem"), Callable[[float], None])
flowvigil.init(service="svc", credentials=lambda: ("id", "secret"))
flowvigil.send_llm_flow_metric("poem", 1.0, success=False)
assert_type(flowvigil.flush(1), bool)
assert_type(flowvigil.stats(), dict[str, Any])
with capture() as seen:
    assert_type(seen.runs, list[dict[str, str]])
"""
MISTAKES = """
import flowvigil
@flowvigil.observe
def write(lines: int) -> int: return lines
write("many")
flowvigil.record("poem", "slow")
flowvigil.flow(5)
"""


def checked(code: str, folder: Path) -> list[str]:
    (folder / "user.py").write_text(code)
    options = ["--strict", "--no-error-summary", "--follow-imports=silent", "--cache-dir", str(folder / "cache")]
    environ = {**os.environ, "MYPYPATH": str(ROOT)}
    command = [sys.executable, "-m", "mypy", *options, "user.py"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd=folder)
    return done.stdout.splitlines()


def test_the_public_names_are_typed_and_mistakes_in_their_use_are_found(tmp_path: Path) -> None:
    assert checked(USES, tmp_path) == []
    assert [line.split(":")[1] for line in checked(MISTAKES, tmp_path)] == ["5", "6", "7"]
