"""`flowvigil engine`: find, install, pack or run the Pulumi engine."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from flowvigil.engine import Engine, EngineMissing, find
from flowvigil.engine.archive import pack as write_archive
from flowvigil.engine.fit import remark
from flowvigil.engine.install import install as bring
from flowvigil.engine.install import missing
from flowvigil.engine.parts import cache_key
from flowvigil.engine.progress import Progress

from .console import BAD_INPUT, MISSING, Console, Exit


@click.group(name="engine")
def command() -> None:
    """Find, install, pack or run the Pulumi engine."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--env", "as_env", is_flag=True, help='Print shell lines for: eval "$(flowvigil engine status --env)"')
@click.option("--key", "as_key", is_flag=True, help="Print only the name under which to cache what `install` brings")
@click.option("-s", "--stack", metavar="NAME", help="With --env: also what a stack on the pretend cloud needs")
def status(*, as_json: bool, as_env: bool, as_key: bool, stack: str | None) -> None:
    """Show where each part comes from; ends with 3 if one is missing."""
    if as_key:
        Console().say(cache_key())
        return
    engine = _found()
    if as_env:
        Console().say("\n".join(_shell_lines(_environment(engine, stack))))
    elif as_json:
        Console().json(_described(engine))
    else:
        _show(engine)


@command.command()
@click.option("--anyway", is_flag=True, help="Build even where memory or disk look too small")
@click.option("--json", "as_json", is_flag=True, help="Print what `status --json` does; progress stays beside it.")
def install(*, anyway: bool, as_json: bool) -> None:
    """Bring what is missing: from FLOWVIGIL_ENGINE_URL, the official release, or by building it."""
    wanted = missing(os.environ)
    try:
        engine = bring(Progress(sys.stderr), os.environ, anyway=anyway)
    except EngineMissing as error:
        raise Exit(MISSING, str(error)) from error
    console = Console(aside=as_json)
    console.say("the engine is ready" if wanted else "the engine is there already")
    if as_json:
        console.json(_described(engine))
    else:
        _show(engine)


@command.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def pack(archive: Path, *, as_json: bool) -> None:
    """Write the parts we built to ARCHIVE, to be named in FLOWVIGIL_ENGINE_URL elsewhere."""

    try:
        parts = write_archive(archive, os.environ)
    except EngineMissing as error:
        raise Exit(MISSING, str(error)) from error
    except OSError as error:
        raise Exit(BAD_INPUT, f"{archive} cannot be written: {error.strerror}") from error
    if as_json:
        Console().json({"archive": str(archive), "parts": parts, "bytes": archive.stat().st_size})
        return
    Console().say(f"{archive} holds {' and '.join(parts)}, {archive.stat().st_size / 1e6:.0f} MB")


@command.command(name="exec", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run_pulumi(arguments: tuple[str, ...]) -> None:
    """Run `pulumi ARGUMENTS` with this engine; everything after -- is Pulumi's.

    Where the arguments name a stack of this project that lives on the pretend cloud, Pulumi is led there.
    """
    engine = _found()
    environ = _environment(engine, _named_stack(arguments))
    sys.stdout.flush()
    os.execve(engine.pulumi, ["pulumi", *arguments], environ)  # noqa: S606


def _found() -> Engine:
    try:
        return find()
    except EngineMissing as error:
        raise Exit(MISSING, str(error)) from error


def _named_stack(arguments: tuple[str, ...]) -> str | None:
    from flowvigil.deploy.project import ProjectError, find_project

    try:
        known = find_project(Path.cwd()).stacks()
    except ProjectError:
        return None
    return next((name for name in (text.rpartition("=")[2] for text in arguments) if name in known), None)


def _environment(engine: Engine, stack: str | None) -> dict[str, str]:
    if stack is None:
        return engine.environment(os.environ)
    from flowvigil.deploy.project import ProjectError, find_project
    from flowvigil.deploy.session import session_environment

    try:
        project = find_project(Path.cwd())
        return session_environment(engine, project, project.config(stack))
    except ProjectError as error:
        raise Exit(BAD_INPUT, str(error)) from error


def _shell_lines(environ: Mapping[str, str]) -> list[str]:
    changed = sorted(environ.items() - os.environ.items())
    gone = sorted(os.environ.keys() - environ.keys())
    return [f"export {name}={shlex.quote(value)}" for name, value in changed] + [f"unset {name}" for name in gone]


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
