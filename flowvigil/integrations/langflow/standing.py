"""Which way runs of LangFlow are measured in this environment, and why; and what is told where it is the lesser way.

Looks at what is installed and configured without importing LangFlow, which takes seconds.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path

from ...reporter.notice import warn
from .span import METHOD

SERVICE = "flowvigil.integrations.langflow.service:TracingService"
GROUP, NAME = "lfx.services", "tracing_service"
LINE = f'{NAME} = "{SERVICE}"'
CONFIG_VARIABLE = "LANGFLOW_CONFIG_DIR"
FILES = {"lfx.toml": "services", "pyproject.toml": "tool.lfx.services"}
"""Where a service may be named, and in which section; the first file that is there counts."""

SPAN, TRACING, NOTHING, ABSENT = "span", "tracing service", "nothing", "absent"


@dataclass(frozen=True, slots=True)
class Standing:
    """`route` is SPAN, TRACING, NOTHING (no run is measured) or ABSENT (no LangFlow here); `why` is a sentence."""

    route: str
    why: str


def installed() -> str:
    """The version of lfx, LangFlow's engine; empty where there is none."""
    try:
        return version("lfx")
    except PackageNotFoundError:
        return ""


def standing(environ: Mapping[str, str] = os.environ) -> Standing:
    """How runs are measured by a LangFlow that starts in this environment and folder."""
    found = installed()
    if not found:
        return Standing(ABSENT, f"lfx, LangFlow's engine, is not installed for {sys.executable}")
    named = [one.value for one in entry_points(group=GROUP, name=NAME)]
    told, where = _configured(environ)
    chosen = told or (named[0] if named else "")
    if SERVICE not in (told, *named):
        return Standing(NOTHING, f"nothing makes lfx {found} load flowvigil: write into lfx.toml, [services]: {LINE}")
    by = where if told == SERVICE else f"the entry point {GROUP}: {NAME}"
    beside = "" if chosen == SERVICE else f"; {chosen} stays the tracing service"
    if _has_span():
        return Standing(SPAN, f"lfx {found}: every run, by Graph.{METHOD}; loaded by {by}{beside}")
    lacking = f"lfx {found} has no Graph.{METHOD}, which LangFlow 1.12 and later has"
    if beside:
        text = f"{lacking}, and the tracing service is {chosen}: write into lfx.toml, [services]: {LINE}"
        return Standing(NOTHING, text)
    return Standing(TRACING, f"{lacking}; loaded by {by}")


def tell_fallback() -> None:
    """One line in the log, once."""
    warn("langflow", f"lfx {installed()} has no Graph.{METHOD}: runs are measured by its tracing service instead")


def _configured(environ: Mapping[str, str]) -> tuple[str, str]:
    """The tracing service that a file names, and the file: lfx.toml, else pyproject.toml, never both."""
    for folder in _folders(environ):
        path = next((folder / name for name in FILES if (folder / name).is_file()), None)
        if path is None:
            continue
        text, section = path.read_text("utf-8", errors="replace"), FILES[path.name]
        body = re.search(rf"^\[{re.escape(section)}\]\s*$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
        line = re.search(rf"^\s*{NAME}\s*=\s*[\"']([^\"']+)", body.group(1) if body else "", re.MULTILINE)
        if line:
            return line.group(1), str(path)
    return "", ""


def _folders(environ: Mapping[str, str]) -> list[Path]:
    """LangFlow's configuration directory; without one, the server looks in its cache and bare lfx where it starts."""
    if environ.get(CONFIG_VARIABLE):
        return [Path(environ[CONFIG_VARIABLE])]
    try:
        return [Path(), Path(import_module("platformdirs").user_cache_dir("langflow", "langflow"))]
    except ImportError:
        return [Path()]


def _has_span() -> bool:
    found = find_spec("lfx")
    places = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    files = [place / "graph" / "graph" / "base.py" for place in places]
    made = re.compile(rf"^ +@(contextlib\.)?contextmanager\n +def {METHOD}\(", re.MULTILINE)
    return any(made.search(file.read_text("utf-8")) is not None for file in files if file.is_file())
