"""`flowvigil init`: a project of the user's own; asks on a terminal, takes flags otherwise."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import BAD_INPUT, MISSING, REFUSED, Console, Exit

if TYPE_CHECKING:
    from flowvigil.scaffold.answers import Answers

PROMPTS = {
    "flow": "id of the first flow",
    "owner": "team that owns it",
    "stack": "stack on your own account (empty: only the pretend cloud)",
    "site": "site of the account (cn, intl)",
    "region": "region, such as cn-hangzhou",
    "account": "number of the main account",
    "backend": "where the engine keeps its state, a URL such as file:///srv/state or oss://bucket",
    "opened_by": "where the passphrase for secrets comes from (env, file)",
}
ONLY_WITH_STACK = ("site", "region", "account", "backend", "opened_by")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--name", "project", help="Name of the project; by default the folder's.")
@click.option("--flow", help="Id of the first flow to watch.")
@click.option("--owner", help="Team that owns it.")
@click.option("--stack", help="A stack on your own account, such as prod; `local` is always written.")
@click.option("--account", help="The main account's number; by default that of the credentials.")
@click.option("--region", help="Such as cn-hangzhou.")
@click.option("--site", type=click.Choice(["cn", "intl"]), help="Where the account was opened.")
@click.option("--backend", help="Where the engine keeps its state: file://, oss:// or s3:// URL.")
@click.option(
    "--passphrase-source", "opened_by", type=click.Choice(["env", "file"]), help="Where the secrets' passphrase is."
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8474, show_default=True, envvar="FLOWVIGIL_PORT", help="Emulator."
)
@click.option("--from-cms", is_flag=True, help="Write specs for the account's alarm rules on custom metrics.")
@click.option(
    "--from-langflow", metavar="URL|FILE", help="Write a spec for each flow of a LangFlow or of what it exported."
)
@click.option("--ci", type=click.Choice(["github", "gitlab", "yunxiao"]), help="Write pipelines; also into a project.")
@click.option("--branch", default="main", show_default=True, help="With --ci: what is merged here is deployed.")
@click.option("--force", is_flag=True, help="With --ci: replace pipelines that exist.")
def command(
    *, folder: Path, port: int, from_cms: bool, ci: str | None, branch: str, force: bool, **given: str | None
) -> None:
    """Write a project that watches one flow, on the pretend cloud and, with --stack, on your account.

    Never overwrites anything. In a folder that holds a project, --ci writes the pipelines alone.
    """
    console = Console()
    known = {key: value for key, value in given.items() if value}
    if ci and (folder / "Pulumi.yaml").exists():
        _add_pipelines(folder, ci, branch, known, console, force=force)
    else:
        if force:
            raise Exit(BAD_INPUT, "--force replaces pipelines of a project; it goes with --ci, in the project's folder")
        _write_project(folder, known, console, port=port, from_cms=from_cms, ci=ci, branch=branch)


def _add_pipelines(
    folder: Path, platform: str, branch: str, given: dict[str, str], console: Console, *, force: bool
) -> None:
    from .pipelining import of_project, pipelines, tell

    wanted = of_project(folder, platform, branch, given)
    _write(folder, pipelines(wanted), console, over=force, way="Replace them with --force.")
    tell(folder, wanted, console)


def _write_project(
    folder: Path, known: dict[str, str], console: Console, *, port: int, from_cms: bool, ci: str | None, branch: str
) -> None:
    from flowvigil.scaffold.answers import Answers, backend_url, problems
    from flowvigil.scaffold.next_steps import next_steps
    from flowvigil.scaffold.pipelines import Pipelines
    from flowvigil.scaffold.rendering import render

    from_langflow = known.pop("from_langflow", "")
    known.setdefault("project", folder.resolve().name)
    if from_langflow and from_cms:
        raise Exit(BAD_INPUT, "--from-cms and --from-langflow both say which flows there are; give one of them")
    if from_langflow:
        known.setdefault("flow", "my-flow")  # not asked for: the flows are those of LangFlow
    answers = Answers(port=port, virtualenv=_virtualenv(folder.resolve()), **_asked(known))
    answers = _with_account(answers, console)
    wrong = problems(answers)
    if wrong:
        raise Exit(BAD_INPUT, "\n".join(wrong))
    found = _found(answers, console) if from_cms else _langflows(from_langflow, answers) if from_langflow else {}
    files = render(answers, found)
    if ci:
        from .pipelining import pipelines, tell

        wanted = Pipelines(ci, [answers.stack] if answers.stack else [], branch, backend_url(answers))
        files |= pipelines(wanted)
    _write(folder, files, console, over=False, way="Choose another folder.")
    console.say(next_steps(answers, folder, robot=not (found and from_cms)))
    if ci:
        tell(folder, wanted, console)


def _write(folder: Path, files: dict[str, str], console: Console, *, over: bool, way: str) -> None:
    """Write the files or none; ends the command if something is in the way."""
    from flowvigil.scaffold import writing

    try:
        writing.write(folder, files, over=over)
    except writing.InTheWay as error:
        lines = "\n".join(f"  {folder / path}" for path in error.paths)
        raise Exit(REFUSED, f"nothing was written, because these files exist:\n{lines}\n{way}") from None
    except OSError as error:
        raise Exit(BAD_INPUT, f"{error.filename}: {error.strerror}; nothing was written") from error
    for path in files:
        console.note(f"wrote {folder / path}")


def _asked(known: dict[str, str]) -> dict[str, Any]:
    if not sys.stdin.isatty():
        return known
    from flowvigil.scaffold.answers import Answers

    defaults = Answers(known["project"])
    for key, text in PROMPTS.items():
        if key not in known and (known.get("stack") or key not in ONLY_WITH_STACK):
            known[key] = _answered(text, getattr(defaults, key))
    return known


def _answered(text: str, default: str) -> str:
    answer: str = click.prompt(text, default=default, show_default=bool(default), err=True)
    return answer


def _found(answers: Answers, console: Console) -> dict[str, str]:
    """Specs for the rules that the account has; ends the command if it cannot be read."""
    from flowvigil.deploy.cloud import Access, Cloud, CloudError
    from flowvigil.reporter.contract import NAMESPACE_PREFIX
    from flowvigil.scaffold.existing import specs

    if not answers.stack:
        raise Exit(BAD_INPUT, "--from-cms reads an account: name it with --stack, --account and --region")
    try:
        found = specs(Cloud(Access(answers.region, {})).rules(NAMESPACE_PREFIX + answers.account))
    except CloudError as error:
        raise Exit(MISSING, f"the account's rules cannot be read: {error}") from error
    for text in found.left_out:
        console.note(f"left out: {text}")
    if not found.files:
        console.note("no rule on a custom metric that a spec can say; the example is written instead")
    return found.files


def _langflows(source: str, answers: Answers) -> dict[str, str]:
    """Specs for the flows of a LangFlow; ends the command if they cannot be had or there are none."""
    from flowvigil.scaffold.from_langflow import specs
    from flowvigil.telemetry.langflow import SCHEMES, ListingError, listed

    try:
        found = specs(listed(source), answers.owner)
    except ListingError as error:
        raise Exit(MISSING if source.startswith(SCHEMES) else BAD_INPUT, f"--from-langflow {error}") from error
    if not found:
        raise Exit(BAD_INPUT, f"--from-langflow {source}: there is no flow in it; make one in LangFlow first")
    return found


def _virtualenv(root: Path) -> str:
    """The running virtual environment if it lies in the project; the engine then starts the program with it."""
    prefix = Path(sys.prefix)
    inside = sys.prefix != sys.base_prefix and prefix.is_relative_to(root)
    return prefix.relative_to(root).as_posix() if inside else ""


def _with_account(answers: Answers, console: Console) -> Answers:
    """The answers with the account of the credentials at hand; ends the command if another one was given."""
    if not answers.stack or not answers.region:
        return answers
    from flowvigil.deploy.cloud import Access, CloudError
    from flowvigil.deploy.identity import NoCredentials, identity
    from flowvigil.scaffold.answers import WrongAccount, with_account

    try:
        found = identity(Access(answers.region, {}))
        return with_account(answers, found.account, found.source)
    except (NoCredentials, CloudError) as error:
        console.note(f"the account number was not checked: {error}")
        return answers
    except WrongAccount as error:
        raise Exit(BAD_INPUT, str(error)) from error
