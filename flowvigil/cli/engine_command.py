"""`flowvigil engine`: find, install, pack or run the Pulumi engine."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path

import click

from flowvigil.engine import Engine, EngineMissing, find
from flowvigil.engine.archive import pack as write_archive
from flowvigil.engine.fit import remark
from flowvigil.engine.install import install as bring
from flowvigil.engine.install import missing
from flowvigil.engine.progress import Progress

from .console import MISSING, Console, Exit


@click.group(name="engine")
def command() -> None:
    """Find, install, pack or run the Pulumi engine."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="for machines")
@click.option("--env", "as_env", is_flag=True, help='shell lines for: eval "$(flowvigil engine status --env)"')
def status(*, as_json: bool, as_env: bool) -> None:
    """Show where each part comes from; ends with 3 if one is missing."""
    engine = _found()
    if as_env:
        changed = engine.environment(os.environ).items() - os.environ.items()
        Console().say("\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(changed)))
    elif as_json:
        Console().json(_described(engine))
    else:
        _show(engine)


@command.command()
@click.option("--anyway", is_flag=True, help="build even where memory or disk look too small")
def install(*, anyway: bool) -> None:
    """Bring what is missing: from FLOWVIGIL_ENGINE_URL, the official release, or by building it."""

    # A build is ended by SIGTERM as it is by Ctrl-C: with its compiler, and without leaving anything.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = missing(os.environ)
    try:
        engine = bring(Progress(sys.stderr), os.environ, anyway=anyway)
    except EngineMissing as error:
        raise Exit(MISSING, str(error)) from error
    Console().say("the engine is ready" if wanted else "the engine is there already")
    _show(engine)


@command.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
def pack(archive: Path) -> None:
    """Write the parts we built to ARCHIVE, to be named in FLOWVIGIL_ENGINE_URL elsewhere."""

    try:
        parts = write_archive(archive, os.environ)
    except EngineMissing as error:
        raise Exit(MISSING, str(error)) from error
    Console().say(f"{archive} holds {' and '.join(parts)}, {archive.stat().st_size / 1e6:.0f} MB")


@command.command(name="exec", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run_pulumi(arguments: tuple[str, ...]) -> None:
    """Run `pulumi ARGUMENTS` with this engine; everything after -- is Pulumi's."""
    engine = _found()
    sys.stdout.flush()
    os.execve(engine.pulumi, ["pulumi", *arguments], engine.environment(os.environ))  # noqa: S606


def _found() -> Engine:
    try:
        return find()
    except EngineMissing as error:
        raise Exit(MISSING, str(error)) from error


def _show(engine: Engine) -> None:
    Console().say(_table(engine))
    if text := remark(engine):
        Console().note(text)


def _table(engine: Engine) -> str:
    rows = [(part.part, part.version or "-", part.source, str(part.path)) for part in engine.parts]
    lines = [
        f"{name:14} {version:9} {source}{'' if path == '.' else ': ' + path}" for name, version, source, path in rows
    ]
    return "\n".join([*lines, f"{'executable':24} {engine.pulumi}", f"{'PULUMI_HOME':24} {engine.home}"])


def _described(engine: Engine) -> dict[str, object]:
    parts = {
        part.part: {"version": part.version, "source": part.source, "path": str(part.path)} for part in engine.parts
    }
    return {"pulumi": str(engine.pulumi), "bin": str(engine.bin), "home": str(engine.home), "parts": parts}
