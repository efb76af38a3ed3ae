"""`flowvigil explain`: which file and line gave every value of a flow."""

from __future__ import annotations

from pathlib import Path

import click

from flowvigil.provisioner import spec

from .console import BAD_INPUT, CLEAN, Console, Exit, lang_option, language


@click.command("explain")
@click.argument("flow")
@click.option("--env", "environment", default="", help="The environment whose block applies; by default none.")
@click.option("-s", "--stack", metavar="NAME", help="Instead of --env: the environment of this stack.")
@click.option("--dir", "root", type=click.Path(path_type=Path), default=Path("monitors"), help="The monitors folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@lang_option
def command(flow: str, environment: str, stack: str | None, root: Path, *, as_json: bool) -> int:
    """Show every value of FLOW and the file and line that gave it."""
    if stack:
        environment = _environment(stack, environment)
    rows = _rows(root, environment, flow, language())
    if as_json:
        values = [{"path": row.path, "value": row.value, "file": row.file, "line": row.line} for row in rows]
        Console().json({"flow": flow, "environment": environment, "values": values})
    else:
        _print(rows)
    return CLEAN


def _environment(stack: str, other: str) -> str:
    """The environment of a stack of this project; ends the command if it cannot be read, or if another was named."""
    from flowvigil.deploy.project import ProjectError, find_project, load_stack
    from flowvigil.provisioner.stack import StackError

    if other:
        raise Exit(BAD_INPUT, "--stack and --env both say which environment; give one of them")
    try:
        return load_stack(find_project(Path.cwd()), stack).environment
    except (ProjectError, StackError) as error:
        raise Exit(BAD_INPUT, str(error)) from error


def _rows(root: Path, environment: str, flow: str, lang: str) -> tuple[spec.Row, ...]:
    if not root.is_dir():
        raise Exit(BAD_INPUT, f"{root}: there is no such folder; name yours with --dir, or start with: flowvigil init")
    try:
        return spec.explain(root, environment, flow)
    except spec.UnknownFlow as error:
        known = ", ".join(error.known) or "-"
        text = f"没有 flow `{flow}`；已有：{known}" if lang == "zh" else f"there is no flow `{flow}`; flows are {known}"
        raise Exit(BAD_INPUT, text) from error
    except spec.SpecError as error:
        raise Exit(BAD_INPUT, "\n".join(problem.text(lang) for problem in error.problems)) from error


def _print(rows: tuple[spec.Row, ...]) -> None:
    console = Console()
    left = max(len(row.path) for row in rows)
    middle = max(len(_shown(row.value)) for row in rows)
    for row in rows:
        place = f"{row.file}:{row.line}" if row.line else row.file
        console.say(f"{row.path:{left}}  {_shown(row.value):{middle}}  {place}")


def _shown(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
