"""`flowvigil lint`: everything that is wrong with the specs, each with its line and what would be right."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from flowvigil.provisioner import spec

from .console import BAD_INPUT, CLEAN, FINDINGS, Console, Exit, language
from .excerpt import excerpt

_UNUSABLE = frozenset({"unreadable", "no-folder"})


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--env", "environment", help="Judge one environment; by default all that a file names.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the messages; by default the locale's.")
def command(paths: tuple[Path, ...], environment: str | None, lang: str | None, *, as_json: bool) -> int:
    """Find what is wrong with the specs in PATHS (default: monitors).

    A file or sub-folder is judged with what it inherits, but not against flows elsewhere.
    """
    found = _problems(paths or (Path("monitors"),), environment)
    if as_json:
        Console().json({"problems": [_as_json(one, language(lang)) for one in found]})
    else:
        _print(found, language(lang))
    if any(one.id in _UNUSABLE for one in found):
        return BAD_INPUT
    return FINDINGS if found else CLEAN


def _problems(paths: tuple[Path, ...], environment: str | None) -> list[spec.Problem]:
    found: set[spec.Problem] = set()
    for path in paths:
        if not path.exists():
            raise Exit(BAD_INPUT, f"{path}: there is no such file or folder")
        where = spec.scope(path)
        found.update(spec.problems(where.root, where.only, environment))
    return sorted(found)


def _as_json(problem: spec.Problem, lang: str) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "id": problem.id,
        "message": problem.message_zh if lang == "zh" else problem.message_en,
        "fix": problem.fix_zh if lang == "zh" else problem.fix_en,
    }


def _print(found: list[spec.Problem], lang: str) -> None:
    console = Console()
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for problem in found:
        console.say("\n".join([problem.text(lang), *excerpt(problem, colour=colour)]))
    files = len({problem.file for problem in found})
    if lang == "zh":
        console.note(f"{files} 个文件中有 {len(found)} 个问题" if found else "没有问题")
    else:
        console.note(f"{len(found)} problem(s) in {files} file(s)" if found else "no problems")
