"""A machine of its own for each test: empty home, empty cache, a PATH that holds only what the test puts there."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Computer:
    """A home, a cache and a PATH below one folder."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.root / "bin").mkdir()
        self.environ |= {
            "HOME": str(self.root / "home"),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "PATH": f"{self.root / 'bin'}:/usr/bin:/bin",
            "FLOWVIGIL_ENGINE_OFFICIAL": "never",
        }

    @property
    def engine(self) -> Path:
        return self.root / "cache" / "flowvigil" / "engine"

    def executable(self, path: str, script: str) -> Path:
        """A shell script at a path below the root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    def go(self, build: str = ":", version: str = "go1.26.8", fetch: str = ":") -> Path:
        """A Go that fetches and builds what the shell lines say, and writes what was asked for."""
        return self.executable(
            "bin/go",
            f"""echo "$1" >> {self.root}/go.calls
case "$1" in
env) echo {version} ;;
list) {fetch} ;;
build) {build}
  while [ "$1" != -o ]; do shift; done
  case "$2" in *alicloud) answer=3.105.0 ;; *) answer=v3.259.0 ;; esac
  printf '#!/bin/sh\\necho %s\\n' $answer > "$2" && chmod +x "$2" ;;
esac""",
        )

    def go_calls(self) -> list[str]:
        file = self.root / "go.calls"
        return file.read_text().split() if file.exists() else []


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """The address of an HTTP server on the loopback that serves the folder `served` of this test."""
    (tmp_path / "served").mkdir()
    handler = functools.partial(_Quiet, directory=str(tmp_path / "served"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield lambda: f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Tests print nothing."""
