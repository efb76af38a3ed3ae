"""`flowvigil lint`: everything that is wrong with the specs, each with its line and what would be right."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import click

from flowvigil.provisioner import spec
from flowvigil.review.lint import CHECKS, Finding, Grade, Wish, in_order, judge

from .console import BAD_INPUT, CLEAN, FINDINGS, MISSING, Console, Exit, lang_option, language
from .excerpt import excerpt

_UNUSABLE = frozenset({"spec/unreadable", "spec/no-folder"})
_USUAL = Path("monitors")
_GRADES = (Grade.ERROR, Grade.WARNING, Grade.INFO)
_LANGUAGE = {
    "en": ": the language refuses it; the message says what would be right, docs/spec.md the rest",
    "zh": "：语言本身的错误；消息中写明了正确写法，其余见 docs/spec.md",
}
"""What is said of a `spec/…`, which is no check."""
_FORMATS = ("text", "json", "sarif", "junit", "github")


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--env", "environment", help="Judge one environment; by default all that a file names.")
@click.option("--live", is_flag=True, help="Also ask the stack's account, or its pretend cloud, what is there.")
@click.option("-s", "--stack", metavar="NAME", help="The stack that --live asks; needed if there are several.")
@click.option("--info", is_flag=True, help="Show advice too.")
@click.option("--fix", is_flag=True, help="Repair in place what can be repaired safely.")
@click.option("--explain", "explain", metavar="CHECK", help="Say what a check looks for, and why.")
@click.option("--checks", "list_checks", is_flag=True, help="List all checks.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Leave out what this file knows.")
@click.option("--write-baseline", is_flag=True, help="Write all there is now into the baseline.")
@click.option(
    "--fail-on", type=click.Choice([one.value for one in _GRADES]), default="warning", show_default=True,
    help="End with 1 if anything is at least as bad as this.",
)  # fmt: skip
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Judge the dates of comments as on this day.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="How findings are printed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; the same as --format json.")
@lang_option
def command(
    paths: tuple[Path, ...], environment: str | None, baseline: Path | None, today: datetime | None,
    explain: str | None, fail_on: str, shape: str, stack: str | None,
    *, live: bool, info: bool, fix: bool, list_checks: bool, write_baseline: bool, as_json: bool,
) -> int:  # fmt: skip
    """Find what is wrong with the specs in PATHS (default: monitors).

    A file or sub-folder is judged with what it inherits, but not against flows elsewhere.
    """
    if explain or list_checks:
        return _teach(explain, language())
    day = today.date() if today else datetime.now(timezone.utc).date()
    where = paths or (_USUAL,)
    if stack and not live:
        raise Exit(BAD_INPUT, "--stack belongs to --live")
    wish = Wish(day, environment, info or fail_on == "info")
    found = _found(where, wish, fix=fix)
    unasked = False
    if live:
        found, unasked = _live(where, wish, found, stack)
    if baseline and write_baseline:
        return _remember(baseline, found)
    if write_baseline:
        raise Exit(BAD_INPUT, "--write-baseline needs --baseline FILE")
    found = _unknown(baseline, found) if baseline else list(found)
    _show(found, "json" if as_json else shape, language())
    return _code(found, fail_on) or (MISSING if unasked else CLEAN)


def _live(
    where: Sequence[Path], wish: Wish, found: Sequence[Finding], stack: str | None
) -> tuple[Sequence[Finding], bool]:
    """The findings with those of the account, and whether part of it could not be asked."""
    from .asking_live import check_scope, looked

    check_scope(where, wish.environment)
    if any(one.grade is Grade.ERROR for one in found):
        Console().note("the account is not asked before these errors are gone")
        return found, False
    look, environment = looked(stack)
    asked = _found(where, replace(wish, environment=environment, facts=look.facts), fix=False)
    new = [one for one in asked if one.id.startswith("live/")]
    return in_order([*found, *new]), bool(look.unasked)


def _code(found: Sequence[Finding], fail_on: str) -> int:
    if any(one.id in _UNUSABLE for one in found):
        return BAD_INPUT
    grave = _GRADES[: [one.value for one in _GRADES].index(fail_on) + 1]
    return FINDINGS if any(one.grade in grave for one in found) else CLEAN


def _found(paths: Sequence[Path], wish: Wish, *, fix: bool) -> Sequence[Finding]:
    for path in paths:
        if not path.exists():
            way = "; name your specs, or start with: flowvigil init" if path == _USUAL else ""
            raise Exit(BAD_INPUT, f"{path}: there is no such file or folder{way}")
        if path.is_file() and path.suffix not in (".yaml", ".yml"):
            raise Exit(BAD_INPUT, f"{path}: specs are .yaml files")

    def find() -> list[Finding]:
        scopes = [spec.scope(path) for path in paths]
        return in_order(dict.fromkeys(one for where in scopes for one in judge(where.root, where.only, wish)))

    if not fix:
        return find()
    from flowvigil.review.lint.repairing import repair

    done, found = repair(find)
    Console().note(f"repaired {done}")
    return found


def _teach(id_: str | None, lang: str) -> int:
    from flowvigil.review.lint.pages import explained, listed

    if id_ is None:
        Console().say(listed(lang))
        return CLEAN
    if id_.removeprefix("spec/") in spec.texts():
        Console().say(f"{id_}{_LANGUAGE[lang]} (flowvigil export docs)")
        return CLEAN
    if id_ not in CHECKS:
        import difflib

        near = difflib.get_close_matches(id_, CHECKS, n=1)
        raise Exit(BAD_INPUT, f"there is no check {id_}" + (f"; did you mean {near[0]}?" if near else ""))
    Console().say(explained(CHECKS[id_], lang))
    return CLEAN


def _remember(path: Path, found: Sequence[Finding]) -> int:
    from flowvigil.review.lint.baseline import written

    path.write_text(written(found), encoding="utf-8")
    Console().note(f"wrote {path}")
    return CLEAN


def _unknown(path: Path, found: Sequence[Finding]) -> list[Finding]:
    from flowvigil.review.lint.baseline import BaselineError, new, read_baseline

    try:
        left, gone = new(found, read_baseline(path))
    except BaselineError as error:
        raise Exit(BAD_INPUT, str(error)) from error
    if gone:
        Console().note(f"{path}: {gone} are gone; write it anew with --write-baseline")
    return left


def _show(found: Sequence[Finding], shape: str, lang: str) -> None:
    if shape == "text":
        _print(found, lang)
        return
    from flowvigil.review.lint import formats

    console = Console()
    if shape == "json":
        console.json(formats.as_json(found, lang))
    elif shape == "sarif":
        console.json(formats.sarif(found, lang))
    elif text := (formats.junit if shape == "junit" else formats.github)(found, lang):
        console.say(text)


def _print(found: Sequence[Finding], lang: str) -> None:
    console = Console()
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for one in found:
        console.say("\n".join([one.text(lang), *excerpt(one, colour=colour)]))
    files = len({one.file for one in found})
    if lang == "zh":
        console.note(f"{files} 个文件中有 {len(found)} 个问题" if found else "没有问题")
    else:
        console.note(f"{len(found)} problem(s) in {files} file(s)" if found else "no problems")
