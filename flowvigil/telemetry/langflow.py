"""The flows that a LangFlow has, from its API or from what it exports. Reads names and ids, never a flow's inside.

The API's list is GET /api/v1/flows/ with the header x-api-key
(docs.langflow.org/api-flows); an export is one flow as JSON, several as an array, as `{"flows": […]}` or as a zip.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY_VARIABLE = "LANGFLOW_API_KEY"
LIST = "/api/v1/flows/?get_all=true&header_flows=true&remove_example_flows=true"
TIMEOUT_S = 20.0
LARGEST = 200 * 2**20
GZIP = b"\x1f\x8b"
SCHEMES = ("http://", "https://")


class ListingError(Exception):
    """LangFlow's flows cannot be had; the text says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One flow. `identity` and `endpoint` may be empty; `live` says that a running LangFlow told the id."""

    name: str
    identity: str = ""
    endpoint: str = ""
    live: bool = False


def listed(source: str, environ: Mapping[str, str] = os.environ) -> list[Listed]:
    """All flows of a LangFlow's address, of a file, or of the files in a folder, by name. Raises ListingError."""
    live = source.startswith(SCHEMES)
    found = _asked(source, environ) if live else _read(Path(source))
    flows = [_flow(one, source, live=live) for one in found]
    return sorted((one for one in flows if one is not None), key=lambda one: (one.name, one.identity))


NAME_LONGEST = 128
"""Of a name under `source`, as the language has it."""


def recognised_by(one: Listed, names: Mapping[str, int]) -> dict[str, str]:
    """What to say under `source.langflow` for a flow among others, of which `names` counts each name.

    An id lasts as long as its LangFlow: an exported flow may get another one where it is imported.
    """
    if one.identity and (one.live or names[one.name] > 1 or len(one.name) > NAME_LONGEST):
        return {"id": one.identity}
    return {**({"endpoint": one.endpoint} if one.endpoint else {}), "name": one.name}


def _asked(url: str, environ: Mapping[str, str]) -> Iterator[Any]:
    headers = {"accept": "application/json"}
    if environ.get(KEY_VARIABLE):
        headers["x-api-key"] = environ[KEY_VARIABLE]
    request = urllib.request.Request(url.rstrip("/") + LIST, headers=headers)  # noqa: S310 - http and https only
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the same
            body = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise ListingError(f"{url}: refused ({error.code}); set {KEY_VARIABLE} to a key of that LangFlow") from None
        raise ListingError(f"{url}: answered {error.code}; give LangFlow's own address, such as {EXAMPLE}") from None
    except (OSError, ValueError) as error:
        raise ListingError(f"{url}: no answer ({getattr(error, 'reason', error)}); is LangFlow running?") from None
    yield from _parsed(_plain(body, url), url)


def _plain(body: bytes, where: str) -> bytes:
    """LangFlow compresses its list whatever the request accepts (seen with 1.11)."""
    if not body.startswith(GZIP):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            return packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise ListingError(f"{where}: its answer is cut off or damaged") from None


EXAMPLE = "http://127.0.0.1:7860"


def _read(path: Path) -> Iterator[Any]:
    try:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        for file in files:
            body = file.read_bytes()
            if body.startswith(b"PK\x03\x04"):
                yield from _unzipped(body, str(file))
            else:
                yield from _parsed(body, str(file))
    except OSError as error:
        right = f"a file that LangFlow exported, a folder of them, or its address, such as {EXAMPLE}"
        raise ListingError(f"{path}: {error.strerror}; give {right}") from None


def _unzipped(body: bytes, where: str) -> Iterator[Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for member in sorted(archive.infolist(), key=lambda one: one.filename):
                if member.filename.endswith(".json") and member.file_size <= LARGEST:
                    yield from _parsed(archive.read(member), f"{where}, {member.filename}")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ListingError(f"{where}: not a zip that can be read: {error}") from None


def _parsed(body: bytes, where: str) -> Iterable[Any]:
    if len(body) > LARGEST:
        raise ListingError(f"{where}: over {LARGEST // 2**20} MiB")
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        raise ListingError(f"{where}: no JSON, so no flow of LangFlow") from None
    if isinstance(tree, dict) and isinstance(tree.get("flows"), list):
        tree = tree["flows"]
    return tree if isinstance(tree, list) else [tree]


def _flow(one: Any, where: str, *, live: bool) -> Listed | None:
    """None for a saved component, which is no flow."""
    name = one.get("name") if isinstance(one, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise ListingError(f"{where}: an entry without a name, so no flow of LangFlow")
    if one.get("is_component"):
        return None
    identity, endpoint = (
        value if isinstance(value, str) else "" for value in (one.get("id"), one.get("endpoint_name"))
    )
    return Listed(name, identity, endpoint, live)
