"""Fetches one file, from this machine or over HTTP, without stalling where a network is not reached."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from .parts import EngineMissing
from .progress import Progress

TIMEOUT_S = 10.0
BLOCK = 1 << 20


def fetch(address: str, target: Path, progress: Progress) -> Path:
    """The file of an address: itself if it is local, else a copy at `target`, which is fetched only once."""
    parsed = urllib.parse.urlparse(address)
    if parsed.scheme not in ("http", "https"):
        local = Path(urllib.request.url2pathname(parsed.path) if parsed.scheme == "file" else address)
        if not local.is_file():
            raise EngineMissing(f"there is no file {local} (named as {address})")
        return local
    if not target.exists():
        _download(address, target, progress)
    return target


def _download(address: str, target: Path, progress: Progress) -> None:
    unfinished, text = target.with_name(target.name + ".part"), f"downloading {shown(address)}"
    progress.begin(text, "a few minutes")
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer, unfinished.open("wb") as out:  # noqa: S310
            expected = answer.headers.get("Content-Length")
            while block := answer.read(BLOCK):
                out.write(block)
                progress.tick()
    except (OSError, http.client.HTTPException) as error:
        progress.end(f"{text}: failed")
        raise EngineMissing(f"{shown(address)} cannot be downloaded: {reason(error)}") from error
    if expected and int(expected) != unfinished.stat().st_size:
        raise EngineMissing(f"{shown(address)} ended early: {unfinished.stat().st_size} of {expected} bytes came")
    unfinished.rename(target)
    progress.end(f"{text}: done")


def shown(address: str) -> str:
    """An address without what may be secret in it: a user's password, a signature in the query."""
    parsed = urllib.parse.urlsplit(address)
    return urllib.parse.urlunsplit(parsed._replace(netloc=parsed.netloc.rpartition("@")[2], query="", fragment=""))


def reason(error: Exception) -> str:
    """The cause of a failed request without its wrapping; an answer that was a refusal is closed."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
    elif isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
