"""What is on this machine already: on PATH, among the user's plug-ins, or in our cache. Changes nothing but a memo."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from .parts import ACCEPTED, CLI, EXECUTABLES, HOST, PROVIDER, VERSIONS, Found, accepted, cache, kept, numbers


def look(part: str, environ: Mapping[str, str]) -> Found | None:
    """The part in the order of preference, or None."""
    return on_path(part, environ) or (in_plugins(environ) if part == PROVIDER else None) or in_cache(part, environ)


def on_path(part: str, environ: Mapping[str, str]) -> Found | None:
    """The first executable on PATH that is not ours, if its version is one we accept."""
    for path in _candidates(EXECUTABLES[part], environ):
        version = "" if part == HOST else version_of(path, environ)
        if part == HOST or accepted(part, version):
            return Found(part, path, version, "on PATH")
    return None


def refused(part: str, environ: Mapping[str, str]) -> str:
    """Why what is on PATH is not used; empty if there is nothing to say."""
    if part not in ACCEPTED or on_path(part, environ):
        return ""
    low, high = (".".join(map(str, bound)) for bound in ACCEPTED[part])
    for path in _candidates(EXECUTABLES[part], environ):
        return f"{path} is version {version_of(path, environ) or 'unknown'}; wanted is >= {low} and < {high}"
    return ""


def in_plugins(environ: Mapping[str, str]) -> Found | None:
    """The newest accepted provider among the user's own plug-ins, which are only read."""
    plugins = _user_home(environ) / "plugins"
    folders = plugins.glob("resource-alicloud-v*") if plugins.is_dir() else ()
    for folder in sorted(folders, key=lambda item: numbers(item.name.rpartition("-v")[2]), reverse=True):
        version, path = folder.name.rpartition("-v")[2], folder / EXECUTABLES[PROVIDER]
        if accepted(PROVIDER, version) and os.access(path, os.X_OK):
            return Found(PROVIDER, path, version, "the user's plug-ins")
    return None


def in_cache(part: str, environ: Mapping[str, str]) -> Found | None:
    """Our own copy; of the language host the one that came with a release, else that of this package."""
    if part == HOST:
        return _host_of_release(environ) or Found(HOST, Path(), "", "flowvigil")
    folder = kept(part, environ)
    try:
        source = (folder / "source").read_text("utf-8")
    except OSError:
        return None
    return Found(part, folder / EXECUTABLES[part], VERSIONS[part], source)


def _host_of_release(environ: Mapping[str, str]) -> Found | None:
    cli = in_cache(CLI, environ)
    path = cli.path.with_name(EXECUTABLES[HOST]) if cli else None
    return Found(HOST, path, "", cli.source) if cli and path and path.exists() else None


def version_of(path: Path, environ: Mapping[str, str]) -> str:
    """The version that an executable states, asked once per file: the answer is kept in our cache."""
    status = path.stat()
    memo_file, key = cache(environ) / "versions.json", f"{path} {status.st_mtime_ns} {status.st_size}"
    try:
        memo = json.loads(memo_file.read_text("utf-8"))
    except (OSError, ValueError):
        memo = {}
    if key not in memo:
        memo[key] = _ask(path)
        memo_file.parent.mkdir(parents=True, exist_ok=True)
        memo_file.write_text(json.dumps(memo), "utf-8")
    return str(memo[key])


def _ask(path: Path) -> str:
    question = "version" if path.name == EXECUTABLES[CLI] else "-version"
    environ = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run([path, question], env=environ, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip().removeprefix("v")


def _candidates(name: str, environ: Mapping[str, str]) -> Iterator[Path]:
    ours = cache(environ)
    for folder in environ.get("PATH", "").split(os.pathsep):
        path = Path(folder, name)
        if folder and ours not in path.parents and path.is_file() and os.access(path, os.X_OK):
            yield path


def _user_home(environ: Mapping[str, str]) -> Path:
    chosen = Path(environ.get("PULUMI_HOME", ""))
    default = Path(environ.get("HOME") or Path.home(), ".pulumi")
    return chosen if environ.get("PULUMI_HOME") and cache(environ) not in chosen.parents else default
