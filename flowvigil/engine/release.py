"""Pulumi's own release, where the network reaches it; it is what most people should run.

Trust rests on HTTPS and on the version that the downloaded executable states.
"""

from __future__ import annotations

import tarfile
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from .download import fetch, reason
from .lookup import version_of
from .parts import CLI, EXECUTABLES, HOST, PROVIDER, VERSIONS, EngineMissing, platform_name
from .progress import Progress

VARIABLE = "FLOWVIGIL_ENGINE_OFFICIAL"
BASE = "https://get.pulumi.com/releases"
GITHUB = "https://github.com/pulumi"
PROBE_S = 4.0
WANTED = {
    CLI: (EXECUTABLES[CLI], EXECUTABLES[HOST], f"{EXECUTABLES[HOST]}-exec"),
    PROVIDER: (EXECUTABLES[PROVIDER],),
}


def bring(parts: list[str], folder: Path, progress: Progress, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Unpack each part of the release into a folder of its name; nothing if it is not wanted or not within reach."""
    base = environ.get(VARIABLE) or BASE
    for part in parts if base != "never" else ():
        url, obstacle = reachable(addresses(part, base))
        if obstacle:
            progress.note(f"the official release is not within reach ({obstacle}); {VARIABLE}=never skips the attempt")
            return
        _unpack(fetch(url, folder / f"release-{part}", progress), WANTED[part], folder / part)
        stated = version_of(folder / part / EXECUTABLES[part], environ)
        if stated != VERSIONS[part]:
            raise EngineMissing(f"{url} holds version {stated or 'unknown'} instead of {VERSIONS[part]}")
        yield part, "official release"


def address(part: str, base: str) -> str:
    """Where the release keeps a part; the command line's archives say x64 where the plug-ins' say amd64."""
    if part == CLI:
        return f"{base}/sdk/pulumi-v{VERSIONS[CLI]}-{platform_name().replace('amd64', 'x64')}.tar.gz"
    return f"{base}/plugins/{EXECUTABLES[PROVIDER]}-v{VERSIONS[PROVIDER]}-{platform_name()}.tar.gz"


def addresses(part: str, base: str) -> tuple[str, ...]:
    """Where to ask for a part, in order: Pulumi publishes each archive in two places, a mirror has one."""
    first = address(part, base)
    repository = "pulumi" if part == CLI else "pulumi-alicloud"
    second = f"{GITHUB}/{repository}/releases/download/v{VERSIONS[part]}/{first.rpartition('/')[2]}"
    return (first, second) if base == BASE else (first,)


def reachable(urls: tuple[str, ...]) -> tuple[str, str]:
    """The first address that answers, or the first of all and why it does not."""
    obstacles = []
    for url in urls:
        obstacle = unreachable(url)
        if not obstacle:
            return url, ""
        obstacles.append(obstacle)
    return urls[0], obstacles[0]


def unreachable(url: str, within_s: float = PROBE_S) -> str:
    """Why `url` does not answer in that time, name resolution included; empty if it does."""
    verdict = [f"no answer within {within_s:g} s"]

    def probe() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")  # noqa: S310
            with urllib.request.urlopen(request, timeout=within_s):  # noqa: S310
                verdict[0] = ""
        except OSError as error:
            verdict[0] = reason(error)

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    thread.join(within_s)
    return verdict[0]


def _unpack(file: Path, names: tuple[str, ...], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(file) as tar:
            for member in tar:
                name = Path(member.name).name
                source = tar.extractfile(member) if name in names else None
                if source:
                    (folder / name).write_bytes(source.read())
                    (folder / name).chmod(0o755)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise EngineMissing(f"{file.name} of the official release is damaged: {error}") from error
