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
def command(*, folder: Path, port: int, from_cms: bool, **given: str | None) -> None:
    """Write a project that watches one flow, on the pretend cloud and, with --stack, on your account.

    Never overwrites anything.
    """
    from flowvigil.scaffold import writing
    from flowvigil.scaffold.answers import Answers, problems
    from flowvigil.scaffold.next_steps import next_steps
    from flowvigil.scaffold.rendering import render

    console = Console()
    known = {key: value for key, value in given.items() if value}
    known.setdefault("project", folder.resolve().name)
    answers = Answers(port=port, virtualenv=_virtualenv(folder.resolve()), **_asked(known))
    answers = _with_account(answers, console)
    wrong = problems(answers)
    if wrong:
        raise Exit(BAD_INPUT, "\n".join(wrong))
    found = _found(answers, console) if from_cms else {}
    files = render(answers, found)
    try:
        writing.write(folder, files)
    except writing.InTheWay as error:
        lines = "\n".join(f"  {folder / path}" for path in error.paths)
        raise Exit(
            REFUSED, f"nothing was written, because these files exist:\n{lines}\nChoose another folder."
        ) from None
    except OSError as error:
        raise Exit(BAD_INPUT, f"{error.filename}: {error.strerror}; nothing was written") from error
    for path in files:
        console.note(f"wrote {folder / path}")
    console.say(next_steps(answers, folder, robot=not found))


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
